import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../../src/model/ports.ts";
import { type Cell, type Matcher, on, PAGE, PHASES, refusal, testCells } from "../support/cells.ts";
import { NEVER } from "../support/embedded-registry/faults.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { pushImage } from "../support/push-image.ts";

const { sourceHead, sourceManifest, blobRead, targetLook, tagPut } = PHASES;

const targetUnseen: Matcher = (request, lab) =>
  targetLook(request, lab) || (request.kind === "tags" && request.repository === lab.victim.repository);

/** Where each read of the layer began. */
const ranges = (lab: Parameters<NonNullable<Cell["check"]>>[0]): readonly (string | undefined)[] =>
  lab.source.log
    .filter(({ method, kind, reference }) => method === "GET" && kind === "blob" && reference === layerOf(lab))
    .map(({ headers }) => headers.range);
const layerOf = ({ victim }: Parameters<NonNullable<Cell["check"]>>[0]): string | undefined =>
  victim.image.blobs.at(-1)?.descriptor.digest;

const isOf = (query: string, digest: string | undefined): boolean =>
  new URLSearchParams(query).get("digest") === digest;

const BREAK = 20_000;

/** Time passes while the client waits: it gets a moment to read what was sent before. */
async function passSlowly(clock: Clock, milliseconds: number): Promise<void> {
  await wait(10);
  await clock.sleep(milliseconds, new AbortController().signal);
}

testCells("reading manifests and tags", [
  {
    name: "a HEAD over a lost connection is sent again",
    at: "source",
    faults: on(sourceHead, { kind: "drop" }, 2),
    ends: "applied",
  },
  {
    name: "a manifest that breaks off is read again",
    at: "source",
    faults: on(sourceManifest, { kind: "truncate", bytes: 50, how: "reset" }, 2),
    ends: "applied",
  },
  {
    name: "a manifest that ends early like a whole one is read once more",
    at: "source",
    faults: on(sourceManifest, { kind: "truncate", bytes: 50, how: "unframed" }, 1),
    ends: "applied",
  },
  {
    name: "a manifest that always ends early fails the change",
    at: "source",
    faults: on(sourceManifest, { kind: "truncate", bytes: 50, how: "unframed" }),
    ends: "CONTENT_MISMATCH",
  },
  {
    name: "a server that takes a read and says nothing is given up and asked again",
    at: "source",
    faults: on(sourceManifest, { kind: "silence" }, 1),
    ends: "applied",
    patienceMs: 300,
  },
  {
    name: "a manifest that stands still is read again",
    at: "source",
    faults: on(sourceManifest, { kind: "stall", bytes: 50, until: NEVER }, 1),
    ends: "applied",
    patienceMs: 300,
  },
  {
    name: "403 to a read fails the change",
    at: "source",
    faults: on(sourceManifest, refusal(403, "DENIED")),
    ends: "DENIED",
  },
  {
    name: "403 to the look at the target and to its list fails the change at planning, and nothing is written",
    at: "target",
    faults: on(targetUnseen, refusal(403, "DENIED")),
    ends: "DENIED",
    check: (lab, { report }) => {
      const [victim] = report.results;
      assert.equal(victim?.change.action, "error");
      assert.match(victim.result.error?.hint ?? "", /may not read it, or it does not exist yet/);
      assert.ok(!lab.target.log.some((one) => isWrite(one) && one.repository === lab.victim.repository));
    },
  },
  {
    name: "401 to the look at the target and to its list fails the change at planning",
    at: "target",
    faults: on(targetUnseen, (_, { target }) => ({
      kind: "answer",
      status: 401,
      headers: { "www-authenticate": `Basic realm="${target.host}"` },
    })),
    ends: "UNAUTHENTICATED",
    check: (_, { report }) => assert.match(report.results[0]?.result.error?.hint ?? "", /may not exist yet/),
  },
  {
    name: "403 in place of 404 for a tag that the list does not have creates it",
    at: "target",
    faults: (lab) => {
      let isThere = false;
      return (request) => {
        isThere ||= tagPut(request, lab);
        return !isThere && targetLook(request, lab) ? refusal(403, "DENIED") : undefined;
      };
    },
    ends: "applied",
    check: (lab, { report }) => {
      assert.equal(report.results[0]?.change.action, "create");
      assert.equal(lab.target.log.filter(({ kind }) => kind === "tags").length, 1);
    },
  },
  {
    name: "403 to the look at a tag that the list has fails the change at planning",
    at: "target",
    prepare: async (lab) => {
      await pushImage(lab.upstream.openHost, lab.victim.repository, "v1", lab.victim.image);
      return lab;
    },
    faults: on(targetLook, refusal(403, "DENIED")),
    ends: "DENIED",
    check: (lab) => assert.ok(!lab.target.log.some((one) => isWrite(one) && one.repository === lab.victim.repository)),
  },
  {
    name: "404 to a manifest that the tag led to fails the change",
    at: "source",
    faults: on(sourceManifest, refusal(404, "MANIFEST_UNKNOWN")),
    ends: "CONTENT_MISSING",
  },
  ...["3", "Thu, 01 Jan 2026 00:00:03 GMT", "-5", "soon", ""].map((after): Cell => ({
    name: `429 with Retry-After "${after}" is waited for and passes`,
    at: "source",
    faults: on(sourceManifest, refusal(429, "TOOMANYREQUESTS", after === "" ? {} : { "retry-after": after }), 3),
    ends: "applied",
    check: ({ clock }) => assert.ok(Math.max(...clock.slept) <= 120_000),
  })),
  {
    name: "429 with a Retry-After of years fails the change at once and says when",
    at: "source",
    faults: on(sourceManifest, refusal(429, "TOOMANYREQUESTS", { "retry-after": "1000000000" })),
    ends: "RATE_LIMITED",
    requests: 21,
    check: ({ clock }, { report }) => {
      assert.ok(Math.max(0, ...clock.slept) <= 120_000);
      assert.match(report.results[0]?.result.error?.hint ?? "", /retry after 20\d\d-/);
    },
  },
  ...[500, 502, 503, 504].map((status): Cell => ({
    name: `${status} to a read is tried again`,
    at: "source",
    faults: on(sourceManifest, refusal(status, "UNKNOWN"), 4),
    ends: "applied",
  })),
  {
    name: "a read that is answered 500 for ever is tried five times",
    at: "source",
    faults: on(sourceManifest, refusal(500, "UNKNOWN")),
    ends: "REGISTRY_ERROR",
    check: (lab) => assert.equal(lab.source.log.filter(({ status }) => status === 500).length, 5),
  },
  {
    name: "a page in place of a manifest is asked for once more and then refused",
    at: "source",
    faults: on(sourceManifest, PAGE),
    ends: "CONTENT_MISMATCH",
  },
  {
    name: "a page in place of a HEAD's answer fails the change and is no manifest",
    at: "source",
    faults: on((request, lab) => sourceHead(request, lab) || sourceManifest(request, lab), PAGE),
    ends: "REGISTRY_PROTOCOL",
  },
  {
    name: "204 in place of a manifest is tried again",
    at: "source",
    faults: on(sourceManifest, { kind: "answer", status: 204 }, 2),
    ends: "applied",
  },
  {
    name: "redirects in circles end the read",
    at: "source",
    faults: on(sourceManifest, ({ path }) => ({ kind: "answer", status: 307, headers: { location: path } })),
    ends: "EGRESS_REFUSED",
  },
  {
    name: "a redirect to link-local addresses is refused",
    at: "source",
    faults: on(sourceManifest, {
      kind: "answer",
      status: 307,
      headers: { location: "http://169.254.169.254/latest/" },
    }),
    ends: "EGRESS_REFUSED",
  },
  {
    name: "a redirect of a read to another host carries no credential",
    at: "source",
    isGuarded: true,
    faults: on(sourceManifest, (_, { foreign }) => ({
      kind: "answer",
      status: 307,
      headers: { location: `http://${foreign.host}/v2/x/manifests/v1` },
    })),
    ends: "CONTENT_MISSING",
    check: ({ foreign }) => assert.ok(foreign.log.length > 0, "the other host was asked"),
  },
  {
    name: "a HEAD without a digest is answered by the bytes",
    at: "source",
    faults: on(sourceHead, { kind: "rewrite", headers: { "docker-content-digest": undefined } }),
    ends: "applied",
  },
  {
    name: "a flipped byte in a manifest is read once more",
    at: "source",
    faults: on(sourceManifest, { kind: "flip", at: 40 }, 1),
    ends: "applied",
  },
  {
    name: "a manifest with flipped bytes for ever fails the change",
    at: "source",
    faults: on(sourceManifest, { kind: "flip", at: 40 }),
    ends: "CONTENT_MISMATCH",
  },
  {
    name: "a manifest without end is cut at the limit",
    at: "source",
    faults: on(sourceManifest, { kind: "rewrite", body: "{".repeat(5 * 1024 * 1024) }),
    ends: "LIMIT_EXCEEDED",
  },
  {
    name: "connections that are closed after each answer cost no failure",
    at: "source",
    faults: on((request) => request.kind === "manifest" || request.kind === "blob", { kind: "hang-up" }),
    ends: "applied",
  },
]);

testCells("reading blobs", [
  {
    name: "a blob whose connection is reset is read on where it broke off",
    at: "source",
    faults: on(blobRead, { kind: "truncate", bytes: BREAK, how: "reset" }, 1),
    ends: "applied",
    check: (lab) => {
      assert.equal(ranges(lab).length, 2);
      // a reset may take with it what had arrived; either way the upload goes on
      const puts = lab.target.log.filter(({ method, query }) => method === "PUT" && isOf(query, layerOf(lab)));
      assert.equal(puts.length, 1);
    },
  },
  {
    name: "a blob that ends early like a whole one is read on",
    at: "source",
    faults: on(blobRead, { kind: "truncate", bytes: BREAK, how: "unframed" }, 1),
    ends: "applied",
    check: (lab) => assert.deepEqual(ranges(lab), [undefined, `bytes=${BREAK}-`]),
  },
  {
    name: "a blob that breaks off again and again without progress fails the change",
    at: "source",
    faults: on(blobRead, { kind: "truncate", bytes: 0, how: "reset" }),
    ends: "REGISTRY_UNREACHABLE",
  },
  {
    name: "a blob that stands still is read on",
    at: "source",
    faults: on(blobRead, { kind: "stall", bytes: BREAK, until: NEVER }, 1),
    ends: "applied",
    patienceMs: 300,
    check: (lab) => assert.deepEqual(ranges(lab), [undefined, `bytes=${BREAK}-`]),
  },
  {
    name: "a blob that only trickles is given up and read on",
    at: "source",
    faults: on(
      blobRead,
      (_, { clock }) => ({
        kind: "trickle",
        bytes: 2000,
        between: () => passSlowly(clock, 40_000),
      }),
      1,
    ),
    ends: "applied",
    check: (lab) => {
      assert.equal(ranges(lab).length, 2);
      assert.match(ranges(lab)[1] ?? "", /^bytes=[1-9]\d*-$/);
    },
  },
  {
    name: "a registry without ranges sends the blob again and is read past what is known",
    at: "source",
    faults: (lab) => {
      let reads = 0;
      return (request) => {
        if (!blobRead(request, lab)) return undefined;
        reads += 1;
        if (reads === 1) return { kind: "truncate", bytes: BREAK, how: "unframed" };
        return { kind: "answer", status: 200, body: lab.victim.image.blobs.at(-1)?.bytes ?? "" };
      };
    },
    ends: "applied",
    check: (lab) => assert.equal(ranges(lab).length, 3, "the answer to the range is not used twice"),
  },
  {
    name: "a range that begins elsewhere is not used",
    at: "source",
    faults: (lab) => {
      let reads = 0;
      return (request) => {
        if (!blobRead(request, lab)) return undefined;
        reads += 1;
        if (reads === 1) return { kind: "truncate", bytes: BREAK, how: "unframed" };
        return reads === 2 ? { kind: "rewrite", headers: { "content-range": "bytes 0-9/10" } } : undefined;
      };
    },
    ends: "applied",
    check: (lab) => assert.deepEqual(ranges(lab).at(-1), undefined),
  },
  {
    name: "a flipped byte in a blob is read once more",
    at: "source",
    faults: on(blobRead, { kind: "flip", at: 30_000 }, 1),
    ends: "applied",
  },
  {
    name: "a blob with flipped bytes for ever fails the change and nothing of it is committed",
    at: "source",
    faults: on(blobRead, { kind: "flip", at: 30_000 }),
    ends: "CONTENT_MISMATCH",
    check: (lab) => assert.equal(ranges(lab).length, 2),
  },
  {
    name: "403 to a blob fails the change",
    at: "source",
    faults: on(blobRead, refusal(403, "DENIED")),
    ends: "DENIED",
  },
  {
    name: "404 to a blob fails the change and says that the source is incomplete",
    at: "source",
    faults: on(blobRead, refusal(404, "BLOB_UNKNOWN")),
    ends: "CONTENT_MISSING",
  },
  {
    name: "429 to a blob is waited for",
    at: "source",
    faults: on(blobRead, refusal(429, "TOOMANYREQUESTS", { "retry-after": "7" }), 2),
    ends: "applied",
    check: ({ clock }) => assert.ok(clock.slept.includes(7000)),
  },
  {
    name: "503 to a blob is tried again",
    at: "source",
    faults: on(blobRead, refusal(503, "UNAVAILABLE"), 3),
    ends: "applied",
  },
  {
    name: "a page in place of a blob fails the change",
    at: "source",
    faults: on(blobRead, PAGE),
    ends: "CONTENT_MISMATCH",
  },
  {
    name: "204 in place of a blob is tried again",
    at: "source",
    faults: on(blobRead, { kind: "answer", status: 204 }, 2),
    ends: "applied",
  },
  {
    name: "a blob without end is cut behind its size",
    at: "source",
    faults: on(blobRead, {
      kind: "rewrite",
      headers: { "content-length": undefined, "transfer-encoding": "chunked" },
      body: new Uint8Array(3_000_000),
    }),
    ends: "CONTENT_MISMATCH",
  },
]);
