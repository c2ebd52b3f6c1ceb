import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import type { RequestTrace, TraceEvent } from "../../src/model/trace.ts";
import { sendNotice } from "../../src/http/notice.ts";
import { createTestClient } from "../support/client.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();
const signal = new AbortController().signal;
const users = { mirror: "canary-4d1c.Password" };

async function traced(options: Parameters<typeof start>[0] = {}) {
  const events: TraceEvent[] = [];
  const registry = await start(options);
  registry.putImage("app", "v1", smallImage(1));
  const client = createTestClient({
    users: { [registry.host]: { username: "mirror", password: users.mirror } },
    trace: (event) => events.push(event),
  });
  onEnd(client.close);
  const requests = (): readonly RequestTrace[] => events.filter((event) => event.type === "request");
  const tag = { repository: { host: registry.host, path: "app" }, tag: "v1" };
  return { client, events, registry, requests, tag };
}

describe("the trace of requests", () => {
  it("contains the method, host, path, status, bytes and purpose of requests, also for tokens", async () => {
    const { client, registry, requests, tag } = await traced({ auth: { kind: "token", users } });
    const found = await client.reader.resolve(tag, { signal });
    assert.ok(found !== undefined);
    const content = await client.reader.readManifest({ repository: tag.repository, digest: found.digest }, { signal });
    assert.deepEqual(
      requests().map(({ method, status, why, attempt }) => [method, status, why, attempt]),
      [
        ["HEAD", 401, "resolve the tag", 1],
        ["GET", 200, "get a token for the registry", 1],
        ["HEAD", 200, "resolve the tag", 1],
        ["GET", 200, "read the manifest", 1],
      ],
    );
    const last = requests().at(-1);
    assert.equal(last?.host, registry.host);
    assert.equal(last?.path, `/v2/app/manifests/${found.digest}`);
    assert.equal(last?.bytes, content?.bytes.byteLength);
  });

  it("contains retries with the reason and the number of the attempt", async () => {
    let count = 0;
    const { client, events, requests, tag } = await traced({
      onRequest: ({ kind }) => {
        if (kind !== "manifest") return undefined;
        count += 1;
        return count === 1 ? { kind: "answer", status: 503, body: "" } : undefined;
      },
    });
    await client.reader.resolve(tag, { signal });
    assert.deepEqual(
      requests().map(({ status, attempt }) => [status, attempt]),
      [
        [503, 1],
        [200, 2],
      ],
    );
    const retry = events.find((event) => event.type === "retry");
    assert.equal(retry?.attempt, 2);
    assert.match(retry?.reason ?? "", /503/);
  });

  it("contains cache hits of manifests and tokens", async () => {
    const { client, events, tag } = await traced({ auth: { kind: "token", users } });
    const { digest = digestOf(new Uint8Array()) } = (await client.reader.resolve(tag, { signal })) ?? {};
    for (const _ of [1, 2]) await client.reader.readManifest({ repository: tag.repository, digest }, { signal });
    const hits = events.flatMap((event) => (event.type === "cache-hit" ? [event.cache] : []));
    assert.deepEqual([...new Set(hits)].toSorted(), ["manifest", "token"]);
  });

  it("contains the error of a request without an answer", async () => {
    const { client, registry, requests, tag } = await traced();
    await registry.stop();
    await assert.rejects(client.reader.resolve(tag, { signal }));
    assert.deepEqual(
      requests().map(({ status, error, attempt }) => [status, error, attempt]),
      [1, 2, 3].map((attempt) => [undefined, "REGISTRY_UNREACHABLE", attempt]),
    );
  });

  it("names the host that redirected a request, and hides possible signatures", async () => {
    const storage = await start();
    storage.putImage("app", "v1", smallImage(1));
    const { client, registry, requests, tag } = await traced({
      onRequest: ({ kind, path }) =>
        kind === "manifest"
          ? {
              kind: "answer",
              status: 307,
              headers: { location: `http://${storage.host}${path}?X-Signature=canary-6a2b` },
            }
          : undefined,
    });
    await client.reader.resolve(tag, { signal }).catch(() => undefined);
    const [, second] = requests();
    assert.equal(second?.redirectedBy, registry.host);
    assert.equal(second?.path, "/v2/app/manifests/v1?X-Signature=REDACTED");
  });

  it("does not show the path of a webhook", async () => {
    const { client, events, registry } = await traced();
    const url = new URL(`http://${registry.host}/services/canary-hook`);
    await sendNotice(client.egress, url, "{}").catch(() => undefined);
    assert.equal(events.length, 1);
    assert.doesNotMatch(JSON.stringify(events), /canary/);
  });
});
