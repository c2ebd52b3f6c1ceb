import assert from "node:assert/strict";
import type { RegistryRequest } from "../support/embedded-registry/request.ts";
import { type Cell, on, PAGE, PHASES, refusal, testCells } from "../support/cells.ts";
import { type Lab, withIndex } from "../support/fault-lab.ts";
import type { FaultHook } from "../support/fault-proxy.ts";

const { uploadStart, blobPut, blobHead, tagPut, manifestPut, targetLook } = PHASES;

/** The methods of the requests to the tag, in order, without the plan's own check. */
const tagRequests = (lab: Lab): readonly string[] =>
  lab.target.log
    .filter(
      ({ kind, repository, reference }) =>
        kind === "manifest" && repository === lab.victim.repository && reference === "v1",
    )
    .map(({ method }) => method)
    .slice(1);

const layerPuts = (lab: Lab): number => lab.target.log.filter((entry) => blobPut(asRequest(entry), lab)).length;

function asRequest(entry: Lab["target"]["log"][number]): RegistryRequest {
  return { ...entry, query: new URLSearchParams(entry.query) };
}

/** The registry does not know an uploaded blob until the given time has passed. */
function lateBlobs(lab: Lab, milliseconds: number): FaultHook {
  let putAt: number | undefined;
  return (request) => {
    if (blobPut(request, lab)) putAt = lab.clock.monotonic();
    if (putAt === undefined || lab.clock.monotonic() - putAt >= milliseconds) return undefined;
    if (blobHead(request, lab)) return refusal(404, "BLOB_UNKNOWN");
    return tagPut(request, lab) || manifestPut(request, lab) ? refusal(404, "MANIFEST_BLOB_UNKNOWN") : undefined;
  };
}

/** A digest that no image here has. */
const OTHER = `sha256:${"0".repeat(64)}`;

/** The PUT of the tag is answered 201 without a digest, and the tag is visible only after the given time. */
function lateTag(lab: Lab, milliseconds: number): FaultHook {
  let putAt: number | undefined;
  return (request) => {
    if (tagPut(request, lab)) {
      putAt = lab.clock.monotonic();
      return { kind: "rewrite", headers: { "docker-content-digest": undefined } };
    }
    const isLate = putAt !== undefined && lab.clock.monotonic() - putAt < milliseconds;
    return isLate && targetLook(request, lab) ? refusal(404, "MANIFEST_UNKNOWN") : undefined;
  };
}

testCells("opening an upload", [
  {
    name: "opens an upload again when the connection is lost",
    at: "target",
    faults: on(uploadStart, { kind: "drop" }, 2),
    ends: "applied",
  },
  {
    name: "opens an upload again when the server does not answer",
    at: "target",
    faults: on(uploadStart, { kind: "silence" }, 1),
    ends: "applied",
    patienceMs: 300,
  },
  {
    name: "fails the change when opening an upload is answered 403",
    at: "target",
    faults: on(uploadStart, refusal(403, "DENIED")),
    ends: "DENIED",
  },
  {
    name: "fails the change with a hint when opening an upload is answered 404",
    at: "target",
    faults: on(uploadStart, refusal(404, "NAME_UNKNOWN")),
    ends: "TARGET_NOT_FOUND",
    check: (_, { report }) => assert.match(report.results[0]?.result.error?.hint ?? "", /create the repository/),
  },
  {
    name: "waits for Retry-After when opening an upload is answered 429",
    at: "target",
    faults: on(uploadStart, refusal(429, "TOOMANYREQUESTS", { "retry-after": "11" }), 2),
    ends: "applied",
    check: ({ clock }) => assert.ok(clock.slept.includes(11_000)),
  },
  {
    name: "opens an upload again when it is answered 500",
    at: "target",
    faults: on(uploadStart, refusal(500, "UNKNOWN"), 3),
    ends: "applied",
  },
  {
    name: "opens another upload when the answer to the first is lost",
    at: "target",
    faults: on(uploadStart, { kind: "drop-answer" }, 1),
    ends: "applied",
  },
  {
    name: "opens an upload again when the answer is an HTML page",
    at: "target",
    faults: on(uploadStart, PAGE, 2),
    ends: "applied",
  },
  {
    name: "opens an upload again when the answer has no Location",
    at: "target",
    faults: on(uploadStart, { kind: "rewrite", headers: { location: undefined } }, 1),
    ends: "applied",
  },
  {
    name: "refuses an upload to another host and sends nothing there",
    at: "target",
    isGuarded: true,
    faults: on(uploadStart, (_, { foreign }) => ({
      kind: "rewrite",
      headers: { location: `http://${foreign.host}/upload` },
    })),
    ends: "EGRESS_REFUSED",
    check: ({ foreign }) => assert.equal(foreign.log.length, 0),
  },
  {
    name: "fails the change with a hint when opening an upload is answered 413",
    at: "target",
    faults: on(uploadStart, refusal(413, "SIZE_INVALID")),
    ends: "REGISTRY_ERROR",
    check: (_, { report }) => assert.match(report.results[0]?.result.error?.hint ?? "", /limits the size/),
  },
  {
    name: "uploads blobs when the registry answers 202 to every mount",
    at: "target",
    faults: on(({ method, query }) => method === "POST" && query.has("mount"), { kind: "strip-query" }),
    ends: "applied",
  },
  {
    name: "uploads blobs when the registry refuses mounts with 405",
    at: "target",
    faults: on(({ method, query }) => method === "POST" && query.has("mount"), refusal(405, "UNSUPPORTED")),
    ends: "applied",
  },
]);

testCells("sending a blob", [
  {
    name: "starts an upload again when the connection is reset in the middle",
    at: "target",
    faults: on(blobPut, { kind: "drop-upload", bytes: 10_000 }, 2),
    ends: "applied",
    check: (lab) => assert.equal(layerPuts(lab), 3),
  },
  {
    name: "fails the change when an upload is always reset",
    at: "target",
    faults: on(blobPut, { kind: "drop-upload", bytes: 10_000 }),
    ends: "REGISTRY_UNREACHABLE",
    check: (lab) => assert.equal(layerPuts(lab), 5),
  },
  {
    name: "starts an upload again when the server does not read its body",
    at: "target",
    faults: on(blobPut, { kind: "silence" }, 1),
    ends: "applied",
    patienceMs: 300,
  },
  {
    name: "gets a new token and starts an upload again after 401",
    at: "target",
    isGuarded: true,
    faults: on(
      blobPut,
      (_, lab) => ({
        kind: "answer",
        status: 401,
        headers: { "www-authenticate": `Bearer realm="http://${lab.target.host}/token",service="registry"` },
      }),
      1,
    ),
    ends: "applied",
  },
  {
    name: "fails the change when an upload is always answered 401",
    at: "target",
    isGuarded: true,
    faults: on(blobPut, (_, lab) => ({
      kind: "answer",
      status: 401,
      headers: { "www-authenticate": `Bearer realm="http://${lab.target.host}/token",service="registry"` },
    })),
    ends: "UNAUTHENTICATED",
    check: (lab) => assert.equal(layerPuts(lab), 2),
  },
  {
    name: "fails the change when an upload is answered 403",
    at: "target",
    faults: on(blobPut, refusal(403, "DENIED")),
    ends: "DENIED",
  },
  {
    name: "starts an upload again when the registry has lost its session",
    at: "target",
    faults: on(blobPut, refusal(404, "BLOB_UPLOAD_UNKNOWN"), 1),
    ends: "applied",
  },
  {
    name: "fails the change when the registry always loses the session",
    at: "target",
    faults: on(blobPut, refusal(404, "BLOB_UPLOAD_UNKNOWN")),
    ends: "REGISTRY_ERROR",
    check: (lab) => assert.equal(layerPuts(lab), 2),
  },
  {
    name: "waits for Retry-After when an upload is answered 429",
    at: "target",
    faults: on(blobPut, refusal(429, "TOOMANYREQUESTS", { "retry-after": "13" }), 2),
    ends: "applied",
    check: ({ clock }) => assert.ok(clock.slept.includes(13_000)),
  },
  ...[500, 502, 503, 504].map((status): Cell => ({
    name: `starts an upload again after ${status} when the blob is not stored`,
    at: "target",
    faults: on(blobPut, refusal(status, "UNKNOWN"), 2),
    ends: "applied",
    check: (lab) => assert.equal(layerPuts(lab), 3),
  })),
  {
    name: "counts an upload as done after 500 when the blob is stored",
    at: "target",
    faults: on(blobPut, { kind: "rewrite", status: 500, body: "" }, 1),
    ends: "applied",
    check: (lab) => assert.equal(layerPuts(lab), 1),
  },
  {
    name: "counts an upload as done when its answer is lost and the blob is stored",
    at: "target",
    faults: on(blobPut, { kind: "drop-answer" }, 1),
    ends: "applied",
    check: (lab) => assert.equal(layerPuts(lab), 1),
  },
  {
    name: "counts an upload as done when its answer never arrives and the blob is stored",
    at: "target",
    faults: on(blobPut, { kind: "delay", until: new Promise(() => undefined) }, 1),
    ends: "applied",
    patienceMs: 300,
    check: (lab) => assert.equal(layerPuts(lab), 1),
  },
  {
    name: "counts an upload as done when its answer is an HTML page and the blob is stored",
    at: "target",
    faults: on(blobPut, { kind: "rewrite", status: 200, body: "<html>" }, 1),
    ends: "applied",
    check: (lab) => assert.equal(layerPuts(lab), 1),
  },
  {
    name: "starts an upload again when its answer is an HTML page and the blob is not stored",
    at: "target",
    faults: on(blobPut, PAGE, 1),
    ends: "applied",
  },
  {
    name: "fails the change with a hint when an upload is answered 413",
    at: "target",
    faults: on(blobPut, refusal(413, "SIZE_INVALID")),
    ends: "REGISTRY_ERROR",
    check: (_, { report }) => assert.match(report.results[0]?.result.error?.hint ?? "", /limits the size/),
  },
  {
    name: "fails the change with a hint when an upload is answered 507",
    at: "target",
    faults: on(blobPut, refusal(507, "UNKNOWN")),
    ends: "REGISTRY_ERROR",
    check: (lab, { report }) => {
      assert.match(report.results[0]?.result.error?.hint ?? "", /no room/);
      assert.equal(layerPuts(lab), 1);
    },
  },
  {
    name: "starts an upload again when the registry reports a wrong digest",
    at: "target",
    faults: on(blobPut, refusal(400, "DIGEST_INVALID"), 1),
    ends: "applied",
  },
  {
    name: "fails the change when the registry always reports a wrong digest",
    at: "target",
    faults: on(blobPut, refusal(400, "DIGEST_INVALID")),
    ends: "REGISTRY_ERROR",
    check: (lab) => assert.equal(layerPuts(lab), 2),
  },
  {
    name: "ignores a wrong digest in the answer to an upload",
    at: "target",
    faults: on(blobPut, { kind: "rewrite", headers: { "docker-content-digest": `sha256:${"0".repeat(64)}` } }),
    ends: "applied",
  },
  {
    name: "refuses a redirect of an upload",
    at: "target",
    isGuarded: true,
    faults: on(blobPut, (_, { foreign }) => ({
      kind: "answer",
      status: 307,
      headers: { location: `http://${foreign.host}/upload` },
    })),
    ends: "EGRESS_REFUSED",
    check: ({ foreign }) => assert.equal(foreign.log.length, 0),
  },
]);

testCells("writing manifests and tags", [
  {
    name: "checks a tag and writes it again when its PUT is lost before it takes effect",
    at: "target",
    faults: on(tagPut, { kind: "drop" }, 2),
    ends: "applied",
    check: (lab) => assert.deepEqual(tagRequests(lab), ["PUT", "HEAD", "PUT", "HEAD", "PUT"]),
  },
  {
    name: "checks a tag and leaves it alone when only the answer to its PUT is lost",
    at: "target",
    faults: on(tagPut, { kind: "drop-answer" }, 1),
    ends: "applied",
    check: (lab) => assert.deepEqual(tagRequests(lab), ["PUT", "HEAD"]),
  },
  {
    name: "writes a tag again when its PUT is never answered",
    at: "target",
    faults: on(tagPut, { kind: "silence" }, 1),
    ends: "applied",
    patienceMs: 300,
  },
  {
    name: "checks a tag and leaves it alone when its PUT took effect despite 500",
    at: "target",
    faults: on(tagPut, { kind: "rewrite", status: 500, body: "" }, 1),
    ends: "applied",
    check: (lab) => assert.deepEqual(tagRequests(lab), ["PUT", "HEAD"]),
  },
  {
    name: "gets a new token and writes a tag again when it is answered 401",
    at: "target",
    isGuarded: true,
    faults: on(
      tagPut,
      (_, lab) => ({
        kind: "answer",
        status: 401,
        headers: { "www-authenticate": `Bearer realm="http://${lab.target.host}/token",service="registry"` },
      }),
      1,
    ),
    ends: "applied",
  },
  {
    name: "fails the change when writing a tag is answered 403",
    at: "target",
    faults: on(tagPut, refusal(403, "DENIED")),
    ends: "DENIED",
  },
  {
    name: "fails the change when writing a tag is answered 404",
    at: "target",
    faults: on(tagPut, refusal(404, "NAME_UNKNOWN")),
    ends: "TARGET_NOT_FOUND",
  },
  {
    name: "waits for Retry-After when writing a tag is answered 429",
    at: "target",
    faults: on(tagPut, refusal(429, "TOOMANYREQUESTS", { "retry-after": "17" }), 2),
    ends: "applied",
    check: ({ clock }) => assert.ok(clock.slept.includes(17_000)),
  },
  ...[500, 502, 503, 504].map((status): Cell => ({
    name: `writes a tag again after ${status}`,
    at: "target",
    faults: on(tagPut, refusal(status, "UNKNOWN"), 3),
    ends: "applied",
  })),
  {
    name: "writes a tag again when the answer is an HTML page",
    at: "target",
    faults: on(tagPut, PAGE, 2),
    ends: "applied",
  },
  {
    name: "fails the change when writing a tag is answered 413",
    at: "target",
    faults: on(tagPut, refusal(413, "SIZE_INVALID")),
    ends: "REGISTRY_ERROR",
  },
  {
    name: "verifies a tag by HEAD when the answer to its PUT has no digest",
    at: "target",
    faults: on(tagPut, { kind: "rewrite", headers: { "docker-content-digest": undefined } }),
    ends: "applied",
    check: (lab) => assert.deepEqual(tagRequests(lab), ["PUT", "HEAD"]),
  },
  {
    name: "verifies a tag by HEAD when the answer to its PUT has another digest",
    at: "target",
    faults: on(tagPut, { kind: "rewrite", headers: { "docker-content-digest": OTHER } }),
    ends: "applied",
    check: (lab) => assert.deepEqual(tagRequests(lab), ["PUT", "HEAD"]),
  },
  {
    name: "waits for a tag that becomes visible some seconds after its PUT",
    at: "target",
    faults: (lab) => lateTag(lab, 5000),
    ends: "applied",
    check: (lab) => {
      assert.ok(lab.clock.slept.includes(500));
      assert.equal(tagRequests(lab).filter((method) => method === "PUT").length, 1);
    },
  },
  {
    name: "fails the change when a tag never appears although its PUT is answered 201",
    at: "target",
    faults: on(tagPut, { kind: "answer", status: 201 }),
    ends: "REGISTRY_PROTOCOL",
    check: (lab) => assert.equal(tagRequests(lab).filter((method) => method === "PUT").length, 1),
  },
  {
    name: "reports as stale a tag that points elsewhere after its PUT was answered 201",
    at: "target",
    faults: (lab) => {
      let wasPut = false;
      return (request) => {
        if (tagPut(request, lab)) {
          wasPut = true;
          return { kind: "answer", status: 201 };
        }
        return wasPut && targetLook(request, lab)
          ? { kind: "answer", status: 200, headers: { "docker-content-digest": OTHER } }
          : undefined;
      };
    },
    ends: "TAG_STALE",
  },
  {
    name: "refuses a redirect of a tag to another host",
    at: "target",
    isGuarded: true,
    faults: on(tagPut, (_, { foreign }) => ({
      kind: "answer",
      status: 307,
      headers: { location: `http://${foreign.host}/v2/a/manifests/v1` },
    })),
    ends: "EGRESS_REFUSED",
    check: ({ foreign }) => assert.equal(foreign.log.length, 0),
  },
  {
    name: "waits for blobs that become visible some seconds after their PUT, and sends them once",
    at: "target",
    faults: (lab) => lateBlobs(lab, 5000),
    ends: "applied",
    check: (lab) => {
      assert.equal(layerPuts(lab), 1);
      assert.ok(lab.clock.slept.includes(500));
    },
  },
  {
    name: "sends blobs again at most once when they become visible after 30 seconds",
    at: "target",
    requests: 80,
    faults: (lab) => lateBlobs(lab, 30_000),
    ends: "applied",
    check: (lab) => assert.ok(layerPuts(lab) <= 2),
  },
  {
    name: "fails the change when blobs never become visible",
    at: "target",
    requests: 80,
    faults: (lab) => lateBlobs(lab, 10_000_000),
    ends: "REGISTRY_ERROR",
    check: (lab) => assert.ok(layerPuts(lab) <= 2),
  },
  {
    name: "writes the children of an index again when the connection is lost",
    at: "target",
    prepare: withIndex,
    faults: on(manifestPut, { kind: "drop" }, 2),
    ends: "applied",
  },
  {
    name: "writes the children of an index again when their blobs become visible later",
    at: "target",
    prepare: withIndex,
    requests: 80,
    faults: (lab) => {
      let refused = 0;
      return (request) => {
        if (!manifestPut(request, lab) || refused >= 2) return undefined;
        refused += 1;
        return refusal(404, "MANIFEST_BLOB_UNKNOWN");
      };
    },
    ends: "applied",
  },
  {
    name: "writes an index again when its children become visible later",
    at: "target",
    prepare: withIndex,
    faults: on(tagPut, refusal(404, "MANIFEST_UNKNOWN"), 2),
    ends: "applied",
  },
]);
