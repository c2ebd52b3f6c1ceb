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

/** The Range header of each read of the layer. */
const ranges = (lab: Parameters<NonNullable<Cell["check"]>>[0]): readonly (string | undefined)[] =>
  lab.source.log
    .filter(({ method, kind, reference }) => method === "GET" && kind === "blob" && reference === layerOf(lab))
    .map(({ headers }) => headers.range);
const layerOf = ({ victim }: Parameters<NonNullable<Cell["check"]>>[0]): string | undefined =>
  victim.image.blobs.at(-1)?.descriptor.digest;

const isOf = (query: string, digest: string | undefined): boolean =>
  new URLSearchParams(query).get("digest") === digest;

const BREAK = 20_000;

/** Advances the clock, after giving the client a moment to read what was sent before. */
async function passSlowly(clock: Clock, milliseconds: number): Promise<void> {
  await wait(10);
  await clock.sleep(milliseconds, new AbortController().signal);
}

testCells("reading manifests and tags", [
  {
    name: "sends a HEAD again when the connection is lost",
    at: "source",
    faults: on(sourceHead, { kind: "drop" }, 2),
    ends: "applied",
  },
  {
    name: "reads a manifest again when it breaks off",
    at: "source",
    faults: on(sourceManifest, { kind: "truncate", bytes: 50, how: "reset" }, 2),
    ends: "applied",
  },
  {
    name: "reads a manifest once more when it is cut short without an error",
    at: "source",
    faults: on(sourceManifest, { kind: "truncate", bytes: 50, how: "unframed" }, 1),
    ends: "applied",
  },
  {
    name: "fails the change when a manifest is always cut short",
    at: "source",
    faults: on(sourceManifest, { kind: "truncate", bytes: 50, how: "unframed" }),
    ends: "CONTENT_MISMATCH",
  },
  {
    name: "reads a manifest again when the server does not answer",
    at: "source",
    faults: on(sourceManifest, { kind: "silence" }, 1),
    ends: "applied",
    patienceMs: 300,
  },
  {
    name: "reads a manifest again when it stalls",
    at: "source",
    faults: on(sourceManifest, { kind: "stall", bytes: 50, until: NEVER }, 1),
    ends: "applied",
    patienceMs: 300,
  },
  {
    name: "fails the change when a read is answered 403",
    at: "source",
    faults: on(sourceManifest, refusal(403, "DENIED")),
    ends: "DENIED",
  },
  {
    name: "fails the change while planning and writes nothing when the target answers 403 for the tag and its list",
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
    name: "fails the change while planning when the target answers 401 for the tag and its list",
    at: "target",
    faults: on(targetUnseen, (_, { target }) => ({
      kind: "answer",
      status: 401,
      headers: { "www-authenticate": `Basic realm="${target.host}"` },
    })),
    ends: "UNAUTHENTICATED",
    check: (_, { report }) => assert.match(report.results[0]?.result.error?.hint ?? "", /or it does not exist yet$/),
  },
  {
    name: "creates a tag that is answered 403 instead of 404 when the list does not have it",
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
    name: "fails the change while planning when a listed tag is answered 403",
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
    name: "fails the change when the manifest of a tag is answered 404",
    at: "source",
    faults: on(sourceManifest, refusal(404, "MANIFEST_UNKNOWN")),
    ends: "CONTENT_MISSING",
  },
  ...["3", "Thu, 01 Jan 2026 00:00:03 GMT", "-5", "soon", ""].map((after): Cell => ({
    name: `waits and retries after 429 with Retry-After "${after}"`,
    at: "source",
    faults: on(sourceManifest, refusal(429, "TOOMANYREQUESTS", after === "" ? {} : { "retry-after": after }), 3),
    ends: "applied",
    check: ({ clock }) => assert.ok(Math.max(...clock.slept) <= 120_000),
  })),
  {
    name: "fails the change at once after 429 with a Retry-After of years, and shows when to retry",
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
    name: `retries a read that is answered ${status}`,
    at: "source",
    faults: on(sourceManifest, refusal(status, "UNKNOWN"), 4),
    ends: "applied",
  })),
  {
    name: "sends a read five times when it is always answered 500",
    at: "source",
    faults: on(sourceManifest, refusal(500, "UNKNOWN")),
    ends: "REGISTRY_ERROR",
    check: (lab) => assert.equal(lab.source.log.filter(({ status }) => status === 500).length, 5),
  },
  {
    name: "fails the change when a manifest is an HTML page",
    at: "source",
    faults: on(sourceManifest, PAGE),
    ends: "CONTENT_MISMATCH",
  },
  {
    name: "fails the change when a HEAD is answered with an HTML page",
    at: "source",
    faults: on((request, lab) => sourceHead(request, lab) || sourceManifest(request, lab), PAGE),
    ends: "REGISTRY_PROTOCOL",
  },
  {
    name: "retries a manifest that is answered 204",
    at: "source",
    faults: on(sourceManifest, { kind: "answer", status: 204 }, 2),
    ends: "applied",
  },
  {
    name: "refuses a redirect loop",
    at: "source",
    faults: on(sourceManifest, ({ path }) => ({ kind: "answer", status: 307, headers: { location: path } })),
    ends: "EGRESS_REFUSED",
  },
  {
    name: "refuses a redirect to a link-local address",
    at: "source",
    faults: on(sourceManifest, {
      kind: "answer",
      status: 307,
      headers: { location: "http://169.254.169.254/latest/" },
    }),
    ends: "EGRESS_REFUSED",
  },
  {
    name: "follows a redirect of a read to another host without credentials",
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
    name: "hashes the manifest when a HEAD has no digest",
    at: "source",
    faults: on(sourceHead, { kind: "rewrite", headers: { "docker-content-digest": undefined } }),
    ends: "applied",
  },
  {
    name: "reads a manifest once more when a byte is flipped",
    at: "source",
    faults: on(sourceManifest, { kind: "flip", at: 40 }, 1),
    ends: "applied",
  },
  {
    name: "fails the change when a byte of a manifest is always flipped",
    at: "source",
    faults: on(sourceManifest, { kind: "flip", at: 40 }),
    ends: "CONTENT_MISMATCH",
  },
  {
    name: "stops reading an endless manifest at the limit",
    at: "source",
    faults: on(sourceManifest, { kind: "rewrite", body: "{".repeat(5 * 1024 * 1024) }),
    ends: "LIMIT_EXCEEDED",
  },
  {
    name: "applies the change when connections are closed after each answer",
    at: "source",
    faults: on((request) => request.kind === "manifest" || request.kind === "blob", { kind: "hang-up" }),
    ends: "applied",
  },
]);

testCells("reading blobs", [
  {
    name: "resumes a blob when the connection is reset",
    at: "source",
    faults: on(blobRead, { kind: "truncate", bytes: BREAK, how: "reset" }, 1),
    ends: "applied",
    check: (lab) => {
      assert.equal(ranges(lab).length, 2);
      // a reset may discard bytes that had arrived; either way the upload continues
      const puts = lab.target.log.filter(({ method, query }) => method === "PUT" && isOf(query, layerOf(lab)));
      assert.equal(puts.length, 1);
    },
  },
  {
    name: "resumes a blob that is cut short without an error",
    at: "source",
    faults: on(blobRead, { kind: "truncate", bytes: BREAK, how: "unframed" }, 1),
    ends: "applied",
    check: (lab) => assert.deepEqual(ranges(lab), [undefined, `bytes=${BREAK}-`]),
  },
  {
    name: "fails the change when a blob keeps breaking off without progress",
    at: "source",
    faults: on(blobRead, { kind: "truncate", bytes: 0, how: "reset" }),
    ends: "REGISTRY_UNREACHABLE",
  },
  {
    name: "resumes a blob that stalls",
    at: "source",
    faults: on(blobRead, { kind: "stall", bytes: BREAK, until: NEVER }, 1),
    ends: "applied",
    patienceMs: 300,
    check: (lab) => assert.deepEqual(ranges(lab), [undefined, `bytes=${BREAK}-`]),
  },
  {
    name: "resumes a blob that arrives too slowly",
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
    name: "copies a blob that breaks off at a registry without ranges",
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
    name: "ignores a range that starts elsewhere",
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
    name: "reads a blob once more when a byte is flipped",
    at: "source",
    faults: on(blobRead, { kind: "flip", at: 30_000 }, 1),
    ends: "applied",
  },
  {
    name: "fails the change and commits nothing when a byte of a blob is always flipped",
    at: "source",
    faults: on(blobRead, { kind: "flip", at: 30_000 }),
    ends: "CONTENT_MISMATCH",
    check: (lab) => assert.equal(ranges(lab).length, 2),
  },
  {
    name: "fails the change when a blob is answered 403",
    at: "source",
    faults: on(blobRead, refusal(403, "DENIED")),
    ends: "DENIED",
  },
  {
    name: "fails the change because of missing content when a blob is answered 404",
    at: "source",
    faults: on(blobRead, refusal(404, "BLOB_UNKNOWN")),
    ends: "CONTENT_MISSING",
  },
  {
    name: "waits for Retry-After when a blob is answered 429",
    at: "source",
    faults: on(blobRead, refusal(429, "TOOMANYREQUESTS", { "retry-after": "7" }), 2),
    ends: "applied",
    check: ({ clock }) => assert.ok(clock.slept.includes(7000)),
  },
  {
    name: "retries a blob that is answered 503",
    at: "source",
    faults: on(blobRead, refusal(503, "UNAVAILABLE"), 3),
    ends: "applied",
  },
  {
    name: "fails the change when a blob is an HTML page",
    at: "source",
    faults: on(blobRead, PAGE),
    ends: "CONTENT_MISMATCH",
  },
  {
    name: "retries a blob that is answered 204",
    at: "source",
    faults: on(blobRead, { kind: "answer", status: 204 }, 2),
    ends: "applied",
  },
  {
    name: "stops reading an endless blob after its size",
    at: "source",
    faults: on(blobRead, {
      kind: "rewrite",
      headers: { "content-length": undefined, "transfer-encoding": "chunked" },
      body: new Uint8Array(3_000_000),
    }),
    ends: "CONTENT_MISMATCH",
  },
]);
