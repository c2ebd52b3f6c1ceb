import assert from "node:assert/strict";
import type { RegistryRequest } from "../support/embedded-registry/request.ts";
import { type Cell, on, PAGE, PHASES, refusal, testCells } from "../support/cells.ts";
import { type Lab, withIndex } from "../support/fault-lab.ts";
import type { FaultHook } from "../support/fault-proxy.ts";

const { uploadStart, blobPut, blobHead, tagPut, manifestPut, targetLook } = PHASES;

/** The methods that the tag got, in order, without the plan's own look. */
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

/** What was put is not known to the registry until so much time has passed. */
function lateBlobs(lab: Lab, milliseconds: number): FaultHook {
  let putAt: number | undefined;
  return (request) => {
    if (blobPut(request, lab)) putAt = lab.clock.monotonic();
    if (putAt === undefined || lab.clock.monotonic() - putAt >= milliseconds) return undefined;
    if (blobHead(request, lab)) return refusal(404, "BLOB_UNKNOWN");
    return tagPut(request, lab) || manifestPut(request, lab) ? refusal(404, "MANIFEST_BLOB_UNKNOWN") : undefined;
  };
}

/** Another digest than that of any image here. */
const OTHER = `sha256:${"0".repeat(64)}`;

/** The tag is answered 201, without a digest, and is seen only when so much time has passed. */
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
    name: "an upload that is opened over a lost connection is opened again",
    at: "target",
    faults: on(uploadStart, { kind: "drop" }, 2),
    ends: "applied",
  },
  {
    name: "a server that takes the opening of an upload and says nothing is asked again",
    at: "target",
    faults: on(uploadStart, { kind: "silence" }, 1),
    ends: "applied",
    patienceMs: 300,
  },
  {
    name: "403 to the opening of an upload fails the change",
    at: "target",
    faults: on(uploadStart, refusal(403, "DENIED")),
    ends: "DENIED",
  },
  {
    name: "404 to the opening of an upload fails the change",
    at: "target",
    faults: on(uploadStart, refusal(404, "NAME_UNKNOWN")),
    ends: "TARGET_NOT_FOUND",
    check: (_, { report }) => assert.match(report.results[0]?.result.error?.hint ?? "", /create the repository/),
  },
  {
    name: "429 to the opening of an upload is waited for",
    at: "target",
    faults: on(uploadStart, refusal(429, "TOOMANYREQUESTS", { "retry-after": "11" }), 2),
    ends: "applied",
    check: ({ clock }) => assert.ok(clock.slept.includes(11_000)),
  },
  {
    name: "500 to the opening of an upload is tried again",
    at: "target",
    faults: on(uploadStart, refusal(500, "UNKNOWN"), 3),
    ends: "applied",
  },
  {
    name: "an opening whose answer is lost leaves a session and opens another",
    at: "target",
    faults: on(uploadStart, { kind: "drop-answer" }, 1),
    ends: "applied",
  },
  {
    name: "a page in place of an opened upload is tried again",
    at: "target",
    faults: on(uploadStart, PAGE, 2),
    ends: "applied",
  },
  {
    name: "an upload without a Location is opened again",
    at: "target",
    faults: on(uploadStart, { kind: "rewrite", headers: { location: undefined } }, 1),
    ends: "applied",
  },
  {
    name: "an upload that is to go to another host is refused and sends nothing there",
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
    name: "413 to the opening of an upload fails the change with a hint",
    at: "target",
    faults: on(uploadStart, refusal(413, "SIZE_INVALID")),
    ends: "REGISTRY_ERROR",
    check: (_, { report }) => assert.match(report.results[0]?.result.error?.hint ?? "", /limits the size/),
  },
  {
    name: "a registry that answers 202 to every mount gets plain uploads",
    at: "target",
    faults: on(({ method, query }) => method === "POST" && query.has("mount"), { kind: "strip-query" }),
    ends: "applied",
  },
  {
    name: "a registry that refuses mounts with 405 gets plain uploads",
    at: "target",
    faults: on(({ method, query }) => method === "POST" && query.has("mount"), refusal(405, "UNSUPPORTED")),
    ends: "applied",
  },
]);

testCells("sending a blob", [
  {
    name: "an upload that is reset in the middle begins again",
    at: "target",
    faults: on(blobPut, { kind: "drop-upload", bytes: 10_000 }, 2),
    ends: "applied",
    check: (lab) => assert.equal(layerPuts(lab), 3),
  },
  {
    name: "an upload that is reset for ever fails the change",
    at: "target",
    faults: on(blobPut, { kind: "drop-upload", bytes: 10_000 }),
    ends: "REGISTRY_UNREACHABLE",
    check: (lab) => assert.equal(layerPuts(lab), 5),
  },
  {
    name: "an upload whose body is never read is given up and begins again",
    at: "target",
    faults: on(blobPut, { kind: "silence" }, 1),
    ends: "applied",
    patienceMs: 300,
  },
  {
    name: "401 to an upload gets a new token and begins again",
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
    name: "401 to an upload for ever fails the change",
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
    name: "403 to an upload fails the change",
    at: "target",
    faults: on(blobPut, refusal(403, "DENIED")),
    ends: "DENIED",
  },
  {
    name: "an upload that the registry has forgotten begins again once",
    at: "target",
    faults: on(blobPut, refusal(404, "BLOB_UPLOAD_UNKNOWN"), 1),
    ends: "applied",
  },
  {
    name: "an upload that is forgotten for ever fails the change",
    at: "target",
    faults: on(blobPut, refusal(404, "BLOB_UPLOAD_UNKNOWN")),
    ends: "REGISTRY_ERROR",
    check: (lab) => assert.equal(layerPuts(lab), 2),
  },
  {
    name: "429 to an upload is waited for and slows the host down",
    at: "target",
    faults: on(blobPut, refusal(429, "TOOMANYREQUESTS", { "retry-after": "13" }), 2),
    ends: "applied",
    check: ({ clock }) => assert.ok(clock.slept.includes(13_000)),
  },
  ...[500, 502, 503, 504].map((status): Cell => ({
    name: `${status} to an upload before it is stored begins it again`,
    at: "target",
    faults: on(blobPut, refusal(status, "UNKNOWN"), 2),
    ends: "applied",
    check: (lab) => assert.equal(layerPuts(lab), 3),
  })),
  {
    name: "500 to an upload that was stored all the same is done",
    at: "target",
    faults: on(blobPut, { kind: "rewrite", status: 500, body: "" }, 1),
    ends: "applied",
    check: (lab) => assert.equal(layerPuts(lab), 1),
  },
  {
    name: "a lost answer to an upload that was stored is done",
    at: "target",
    faults: on(blobPut, { kind: "drop-answer" }, 1),
    ends: "applied",
    check: (lab) => assert.equal(layerPuts(lab), 1),
  },
  {
    name: "a stored upload whose answer never comes is done",
    at: "target",
    faults: on(blobPut, { kind: "delay", until: new Promise(() => undefined) }, 1),
    ends: "applied",
    patienceMs: 300,
    check: (lab) => assert.equal(layerPuts(lab), 1),
  },
  {
    name: "a page in place of a stored upload's answer is done when the blob is there",
    at: "target",
    faults: on(blobPut, { kind: "rewrite", status: 200, body: "<html>" }, 1),
    ends: "applied",
    check: (lab) => assert.equal(layerPuts(lab), 1),
  },
  { name: "a page in place of an upload begins it again", at: "target", faults: on(blobPut, PAGE, 1), ends: "applied" },
  {
    name: "413 to an upload fails the change with a hint",
    at: "target",
    faults: on(blobPut, refusal(413, "SIZE_INVALID")),
    ends: "REGISTRY_ERROR",
    check: (_, { report }) => assert.match(report.results[0]?.result.error?.hint ?? "", /limits the size/),
  },
  {
    name: "507 to an upload fails the change with a hint",
    at: "target",
    faults: on(blobPut, refusal(507, "UNKNOWN")),
    ends: "REGISTRY_ERROR",
    check: (lab, { report }) => {
      assert.match(report.results[0]?.result.error?.hint ?? "", /no room/);
      assert.equal(layerPuts(lab), 1);
    },
  },
  {
    name: "an upload whose bytes changed on the way begins again once",
    at: "target",
    faults: on(blobPut, refusal(400, "DIGEST_INVALID"), 1),
    ends: "applied",
  },
  {
    name: "an upload whose bytes change for ever fails the change",
    at: "target",
    faults: on(blobPut, refusal(400, "DIGEST_INVALID")),
    ends: "REGISTRY_ERROR",
    check: (lab) => assert.equal(layerPuts(lab), 2),
  },
  {
    name: "a wrong digest in the answer to an upload does not matter",
    at: "target",
    faults: on(blobPut, { kind: "rewrite", headers: { "docker-content-digest": `sha256:${"0".repeat(64)}` } }),
    ends: "applied",
  },
  {
    name: "a redirect of an upload is refused",
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
    name: "a tag whose PUT was lost before it was done is looked at and put again",
    at: "target",
    faults: on(tagPut, { kind: "drop" }, 2),
    ends: "applied",
    check: (lab) => assert.deepEqual(tagRequests(lab), ["PUT", "HEAD", "PUT", "HEAD", "PUT"]),
  },
  {
    name: "a tag whose PUT was done and its answer lost is looked at and left",
    at: "target",
    faults: on(tagPut, { kind: "drop-answer" }, 1),
    ends: "applied",
    check: (lab) => assert.deepEqual(tagRequests(lab), ["PUT", "HEAD"]),
  },
  {
    name: "a tag whose PUT is never answered is looked at and put again",
    at: "target",
    faults: on(tagPut, { kind: "silence" }, 1),
    ends: "applied",
    patienceMs: 300,
  },
  {
    name: "a tag that was put while the answer says 500 is looked at and left",
    at: "target",
    faults: on(tagPut, { kind: "rewrite", status: 500, body: "" }, 1),
    ends: "applied",
    check: (lab) => assert.deepEqual(tagRequests(lab), ["PUT", "HEAD"]),
  },
  {
    name: "401 to a tag's PUT gets a new token and is put again",
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
    name: "403 to a tag's PUT fails the change",
    at: "target",
    faults: on(tagPut, refusal(403, "DENIED")),
    ends: "DENIED",
  },
  {
    name: "404 to a tag's PUT fails the change",
    at: "target",
    faults: on(tagPut, refusal(404, "NAME_UNKNOWN")),
    ends: "TARGET_NOT_FOUND",
  },
  {
    name: "429 to a tag's PUT is waited for",
    at: "target",
    faults: on(tagPut, refusal(429, "TOOMANYREQUESTS", { "retry-after": "17" }), 2),
    ends: "applied",
    check: ({ clock }) => assert.ok(clock.slept.includes(17_000)),
  },
  ...[500, 502, 503, 504].map((status): Cell => ({
    name: `${status} to a tag's PUT is tried again`,
    at: "target",
    faults: on(tagPut, refusal(status, "UNKNOWN"), 3),
    ends: "applied",
  })),
  { name: "a page in place of a tag's PUT is tried again", at: "target", faults: on(tagPut, PAGE, 2), ends: "applied" },
  {
    name: "413 to a tag's PUT fails the change",
    at: "target",
    faults: on(tagPut, refusal(413, "SIZE_INVALID")),
    ends: "REGISTRY_ERROR",
  },
  {
    name: "a tag's PUT without a digest in its answer is verified by a HEAD",
    at: "target",
    faults: on(tagPut, { kind: "rewrite", headers: { "docker-content-digest": undefined } }),
    ends: "applied",
    check: (lab) => assert.deepEqual(tagRequests(lab), ["PUT", "HEAD"]),
  },
  {
    name: "a tag's PUT that is answered with another digest is verified by a HEAD",
    at: "target",
    faults: on(tagPut, { kind: "rewrite", headers: { "docker-content-digest": OTHER } }),
    ends: "applied",
    check: (lab) => assert.deepEqual(tagRequests(lab), ["PUT", "HEAD"]),
  },
  {
    name: "a tag that moves some seconds after its PUT is waited for",
    at: "target",
    faults: (lab) => lateTag(lab, 5000),
    ends: "applied",
    check: (lab) => {
      assert.ok(lab.clock.slept.includes(500));
      assert.equal(tagRequests(lab).filter((method) => method === "PUT").length, 1);
    },
  },
  {
    name: "a tag that never moves although its PUT is answered 201 is no success",
    at: "target",
    faults: on(tagPut, { kind: "answer", status: 201 }),
    ends: "REGISTRY_PROTOCOL",
    check: (lab) => assert.equal(tagRequests(lab).filter((method) => method === "PUT").length, 1),
  },
  {
    name: "a tag that points elsewhere after its PUT was answered 201 is the other writer's",
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
    name: "a redirect of a tag's PUT to another host is refused",
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
    name: "blobs that are known some seconds after their PUT are waited for and sent once",
    at: "target",
    faults: (lab) => lateBlobs(lab, 5000),
    ends: "applied",
    check: (lab) => {
      assert.equal(layerPuts(lab), 1);
      assert.ok(lab.clock.slept.includes(500));
    },
  },
  {
    name: "blobs that are not known after half a minute are sent again, once",
    at: "target",
    requests: 80,
    faults: (lab) => lateBlobs(lab, 30_000),
    ends: "applied",
    check: (lab) => assert.ok(layerPuts(lab) <= 2),
  },
  {
    name: "a registry that never knows its blobs fails the change",
    at: "target",
    requests: 80,
    faults: (lab) => lateBlobs(lab, 10_000_000),
    ends: "REGISTRY_ERROR",
    check: (lab) => assert.ok(layerPuts(lab) <= 2),
  },
  {
    name: "children of an index that are put over a lost connection are put again",
    at: "target",
    prepare: withIndex,
    faults: on(manifestPut, { kind: "drop" }, 2),
    ends: "applied",
  },
  {
    name: "children of an index wait for blobs that are known later",
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
    name: "an index whose children are unknown to the registry waits and is put again",
    at: "target",
    prepare: withIndex,
    faults: on(tagPut, refusal(404, "MANIFEST_UNKNOWN"), 2),
    ends: "applied",
  },
]);
