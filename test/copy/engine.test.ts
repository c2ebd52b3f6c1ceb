import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRegistryEngine } from "../../src/copy/engine.ts";
import { createSemaphore } from "../../src/async/semaphore.ts";
import type { Change } from "../../src/model/plan.ts";
import type { Progress } from "../../src/model/event.ts";
import type { Applied } from "../../src/model/ports.ts";
import { change } from "../support/changes.ts";
import type { TestClient } from "../support/client.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { image, seal, smallImage, type TestImage, twoPlatformIndex } from "../support/images.ts";
import { foreignLayer, randomLayer, tarLayer } from "../support/layers.ts";
import { createHold } from "../support/hold.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();

type Run = { readonly results: readonly PromiseSettledResult<Applied>[]; readonly progress: readonly Progress[] };

async function applyAll(changes: readonly Change[], made: TestClient = client(), transfers = 4): Promise<Run> {
  const engine = createRegistryEngine({ client: made, transfers });
  const { signal } = new AbortController();
  const progress: Progress[] = [];
  await engine.prepare(changes, { signal });
  const moving = changes.filter(({ action }) => action !== "none");
  const slots = createSemaphore(8);
  const results = await Promise.allSettled(
    moving.map((one) =>
      slots.run(signal, () =>
        engine.apply(one, { signal, onProgress: (step) => progress.push(step), recheck: async () => "go" }),
      ),
    ),
  );
  return { results, progress };
}

function assertAllApplied({ results }: Run): void {
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

function assertSameBytes(actual: Uint8Array | undefined, wanted: Uint8Array): void {
  assert.ok(actual !== undefined, "it is there");
  assert.equal(Buffer.compare(actual, wanted), 0, "it has the same bytes");
}

function assertComplete(registry: EmbeddedRegistry, repository: string, copied: TestImage): void {
  assertSameBytes(registry.store.getManifest(repository, copied.digest)?.bytes, copied.bytes);
  for (const { descriptor, bytes } of copied.blobs)
    assertSameBytes(registry.store.getBlob(repository, descriptor.digest), bytes);
  for (const child of copied.children) assertComplete(registry, repository, child);
}

describe("registry engine", () => {
  it("copies an index with attestations byte for byte and reports progress up to the last byte", async () => {
    const [source, target] = [await start(), await start()];
    const index = twoPlatformIndex(1, { attestations: true });
    source.putImage("a/app", "v1", index);
    const run = await applyAll([change(`${source.host}/a/app:v1`, `${target.host}/b/app:v1`, index.digest)]);
    assertAllApplied(run);
    assertComplete(target, "b/app", index);
    assert.equal(target.store.tags("b/app").get("v1"), index.digest);
    assert.equal(target.store.uploads.size, 0, "no upload session is left open");
    const last = run.progress.at(-1);
    assert.ok(last !== undefined && last.totalBytes > 0);
    assert.equal(last.doneBytes, last.totalBytes);
  });

  it("writes the tag last", async () => {
    const [source, target] = [await start(), await start()];
    const index = twoPlatformIndex(1);
    source.putImage("app", "v1", index);
    assertAllApplied(await applyAll([change(`${source.host}/app:v1`, `${target.host}/app:v1`, index.digest)]));
    const writes = target.log.filter(isWrite);
    assert.equal(writes.at(-1)?.path, "/v2/app/manifests/v1");
  });

  it("sends 8 requests per small image plus a few per host, and reads a shared layer once", async () => {
    const [source, target] = [await start(), await start()];
    const base = tarLayer({ base: "shared" });
    const changes = Array.from({ length: 40 }, (_, at) => {
      const repository = `team/app${at % 4}`;
      const copied = image({ layers: [base, tarLayer({ own: String(at) })] });
      source.putImage(repository, `v${at}`, copied);
      return change(`${source.host}/${repository}:v${at}`, `${target.host}/${repository}:v${at}`, copied.digest);
    });
    assertAllApplied(await applyAll(changes));
    const reads = source.log.filter(({ kind, reference }) => kind === "blob" && reference === base.descriptor.digest);
    assert.equal(reads.length, 1);
    const total = source.log.length + target.log.length;
    // each image: its manifest, config and layer are read and written (8), and its base layer is read and written once (3), then
    // mounted or found (1 per repository, more while the first are in progress); until the host has shown that it reports missing
    // blobs, a HEAD for each of the 3 blobs of the first 8 images; the one request that finds that out
    assert.ok(total <= 40 * 8 + 3 + 4 + 8 * 3 + 1, `${total} requests`);
    assert.equal(target.store.uploads.size, 0);
  });

  it("reads a blob once for targets on several hosts", async () => {
    const source = await start();
    const targets = [await start(), await start(), await start({ mounts: false })];
    const copied = image({
      layers: [randomLayer({ size: 200_000, seed: 7 }), randomLayer({ size: 100_000, seed: 8 })],
    });
    source.putImage("app", "v1", copied);
    const run = await applyAll(
      targets.map(({ host }) => change(`${source.host}/app:v1`, `${host}/app:v1`, copied.digest)),
    );
    assertAllApplied(run);
    for (const target of targets) assertComplete(target, "app", copied);
    assert.equal(source.countRequests({ kind: "blob" }), 3, "config and two layers, each once");
  });

  it("goes on reading a blob for another host when the change that began to read it gives up", async () => {
    const hold = createHold();
    const source = await start({
      onRequest: async ({ method, kind }) => (method === "GET" && kind === "blob" ? hold.pass() : undefined),
    });
    const targets = [await start(), await start()];
    const copied = image({ layers: [randomLayer({ size: 200_000, seed: 9 })] });
    source.putImage("app", "v1", copied);
    const changes = targets.map(({ host }) => change(`${source.host}/app:v1`, `${host}/app:v1`, copied.digest));
    const engine = createRegistryEngine({ client: client(), transfers: 4 });
    await engine.prepare(changes, calm);
    const giving = new AbortController();
    let late = 0;
    const apply = (one: Change | undefined, { signal }: Pick<AbortController, "signal">): Promise<Applied> => {
      assert.ok(one !== undefined);
      const onProgress = (): void => void (signal.aborted && (late += 1));
      return engine.apply(one, { signal, onProgress, recheck: async () => "go" });
    };
    const first = apply(changes[0], giving);
    const second = apply(changes[1], calm);
    await hold.arrived;
    giving.abort(new Error("gave up"));
    await assert.rejects(first, { message: "gave up" });
    hold.release();
    assert.equal((await second).digest, copied.digest);
    assertComplete(targets[1] ?? source, "app", copied);
    assert.equal(targets[0]?.store.tags("app").size, 0);
    assert.equal(source.countRequests({ kind: "blob" }), 2, "config and layer, each once");
    assert.equal(late, 0, "a change that has ended reports no progress");
  });

  it("finishes the content of a repository for another tag when the tag that began it gives up", async () => {
    const hold = createHold();
    const [source, target] = [
      await start({
        onRequest: async ({ method, kind }) => (method === "GET" && kind === "blob" ? hold.pass() : undefined),
      }),
      await start(),
    ];
    const index = twoPlatformIndex(1);
    source.putImage("app", "v1", index);
    const engine = createRegistryEngine({ client: client(), transfers: 4 });
    const giving = new AbortController();
    const apply = (tag: string, { signal }: Pick<AbortController, "signal">): Promise<Applied> =>
      engine.apply(change(`${source.host}/app:v1`, `${target.host}/app:${tag}`, index.digest), {
        signal,
        onProgress: () => undefined,
        recheck: async () => "go",
      });
    const first = apply("v1", giving);
    const second = apply("stable", calm);
    await hold.arrived;
    giving.abort(new DOMException("the tag was taken", "AbortError"));
    await assert.rejects(first, { message: "the tag was taken" });
    hold.release();
    assert.equal((await second).digest, index.digest);
    assertComplete(target, "app", index);
    assert.deepEqual([...target.store.tags("app").keys()], ["stable"]);
    const blobs = source.log.filter(({ kind }) => kind === "blob").map(({ reference }) => reference);
    assert.equal(blobs.length, new Set(blobs).size, "each blob is read once");
  });

  it("uploads a shared layer once to a host that ignores mounts", async () => {
    const [source, target] = [await start(), await start({ mounts: false })];
    const base = tarLayer({ base: "shared" });
    const copies = [1, 2, 3].map((seed) => image({ layers: [base, tarLayer({ seed: String(seed) })] }));
    for (const [at, copied] of copies.entries()) source.putImage("app", `v${at}`, copied);
    const made = client();
    for (const [at, copied] of copies.entries())
      assertAllApplied(
        await applyAll([change(`${source.host}/app:v${at}`, `${target.host}/app:v${at}`, copied.digest)], made),
      );
    const uploads = target.log.filter(
      ({ method, path, query }) =>
        method === "PUT" && path.includes("/blobs/") && query.includes(encodeURIComponent(base.descriptor.digest)),
    );
    assert.equal(uploads.length, 1);
    assert.equal(target.store.uploads.size, 0);
  });

  it("sends only one PUT for a second tag of an existing image", async () => {
    const [source, target] = [await start(), await start()];
    const copied = smallImage(1);
    source.putImage("app", "v1", copied);
    target.putImage("app", "v1", copied);
    const there = change(`${source.host}/app:v1`, `${target.host}/app:v1`, copied.digest, {
      action: "none",
      observed: copied.digest,
    });
    assertAllApplied(
      await applyAll([there, change(`${source.host}/app:v1`, `${target.host}/app:stable`, copied.digest)]),
    );
    assert.deepEqual(
      target.log.map(({ method, path }) => `${method} ${path}`),
      ["PUT /v2/app/manifests/stable"],
    );
  });

  it("mounts within one registry without reading a blob", async () => {
    const registry = await start();
    const copied = smallImage(1);
    registry.putImage("dev/app", "v1", copied);
    assertAllApplied(
      await applyAll([change(`${registry.host}/dev/app:v1`, `${registry.host}/prod/app:v1`, copied.digest)]),
    );
    assertComplete(registry, "prod/app", copied);
    assert.equal(registry.countRequests({ kind: "blob", method: "GET" }), 0);
  });

  it("completes the other targets when one of several fails", async () => {
    const source = await start();
    const good = await start();
    const bad = await start({
      onRequest: ({ method, kind }) =>
        method === "PUT" && kind === "upload" ? { kind: "answer", status: 413 } : undefined,
    });
    const copied = image({ layers: [randomLayer({ size: 300_000, seed: 3 })] });
    source.putImage("app", "v1", copied);
    const { results } = await applyAll(
      [good, bad].map(({ host }) => change(`${source.host}/app:v1`, `${host}/app:v1`, copied.digest)),
    );
    assert.equal(results[0]?.status, "fulfilled");
    assert.equal(results[1]?.status, "rejected");
    assertComplete(good, "app", copied);
    assert.equal(bad.store.tags("app").size, 0);
  });

  it("copies a blob completely when its read breaks off twice", async () => {
    let breaks = 2;
    const copied = image({ layers: [randomLayer({ size: 500_000, seed: 5 })] });
    const source = await start({
      onRequest: ({ method, kind }) =>
        method === "GET" && kind === "blob" && breaks-- > 0 ? { kind: "truncate", bytes: 100 } : undefined,
    });
    const target = await start();
    source.putImage("app", "v1", copied);
    assertAllApplied(await applyAll([change(`${source.host}/app:v1`, `${target.host}/app:v1`, copied.digest)]));
    assertComplete(target, "app", copied);
  });

  it("does not send a blob again when the answer to its PUT is lost", async () => {
    let drops = 1;
    const copied = smallImage(1);
    const source = await start();
    const target = await start({
      onRequest: ({ method, kind }) =>
        method === "PUT" && kind === "upload" && drops-- > 0 ? { kind: "drop-answer" } : undefined,
    });
    source.putImage("app", "v1", copied);
    assertAllApplied(await applyAll([change(`${source.host}/app:v1`, `${target.host}/app:v1`, copied.digest)]));
    assertComplete(target, "app", copied);
    assert.equal(target.log.filter(({ method, path }) => method === "PUT" && path.includes("/blobs/")).length, 2);
  });

  it("checks the tag before it writes it a second time", async () => {
    let drops = 1;
    const copied = smallImage(1);
    const source = await start();
    const target = await start({
      onRequest: ({ method, path }) =>
        method === "PUT" && path.endsWith("/manifests/v1") && drops-- > 0 ? { kind: "drop" } : undefined,
    });
    source.putImage("app", "v1", copied);
    assertAllApplied(await applyAll([change(`${source.host}/app:v1`, `${target.host}/app:v1`, copied.digest)]));
    const tagRequests = target.log.filter(({ path }) => path.endsWith("/manifests/v1")).map(({ method }) => method);
    assert.deepEqual(tagRequests, ["PUT", "HEAD", "PUT"]);
  });

  it("counts the tag's PUT as done when its answer is lost and the tag is there", async () => {
    let drops = 1;
    const copied = smallImage(1);
    const source = await start();
    const target = await start({
      onRequest: ({ method, path }) =>
        method === "PUT" && path.endsWith("/manifests/v1") && drops-- > 0 ? { kind: "drop-answer" } : undefined,
    });
    source.putImage("app", "v1", copied);
    assertAllApplied(await applyAll([change(`${source.host}/app:v1`, `${target.host}/app:v1`, copied.digest)]));
    const tagRequests = target.log.filter(({ path }) => path.endsWith("/manifests/v1")).map(({ method }) => method);
    assert.deepEqual(tagRequests, ["PUT", "HEAD"]);
  });

  it("restores blobs that the registry turns out to have lost", async () => {
    const [source, target] = [await start(), await start()];
    const copied = smallImage(1);
    source.putImage("app", "v1", copied);
    target.putImage("app", "v1", copied);
    for (const { descriptor } of copied.blobs) target.store.deleteBlob("app", descriptor.digest);
    const there = change(`${source.host}/app:v1`, `${target.host}/app:v1`, copied.digest, {
      action: "none",
      observed: copied.digest,
    });
    assertAllApplied(await applyAll([there, change(`${source.host}/app:v1`, `${target.host}/app:v2`, copied.digest)]));
    assertComplete(target, "app", copied);
    const puts = target.log.filter(({ path }) => path.endsWith("/manifests/v2")).map(({ method }) => method);
    assert.ok(!puts.some((method, at) => method === "PUT" && puts[at - 1] === "PUT"), "no second PUT without a look");
  });

  it("reports that the registry refuses to move an immutable tag, with the registry's message", async () => {
    const source = await start();
    const target = await start({ immutable: { repositories: ["app"], product: "artifact-registry" } });
    const [old, fresh] = [smallImage(1), smallImage(2)];
    source.putImage("app", "v1", fresh);
    target.putImage("app", "v1", old);
    const { results } = await applyAll([
      change(`${source.host}/app:v1`, `${target.host}/app:v1`, fresh.digest, {
        action: "update",
        observed: old.digest,
      }),
    ]);
    const [result] = results;
    assert.ok(result?.status === "rejected");
    assert.equal(result.reason.code, "TAG_IMMUTABLE");
    assert.match(result.reason.message, /Artifact Registry.*enabled tag immutability/);
    assert.equal(target.store.tags("app").get("v1"), old.digest);
  });

  it("copies a platform subset as a rebuilt index with its attestations", async () => {
    const [source, target] = [await start(), await start()];
    const index = twoPlatformIndex(1, { attestations: true });
    source.putImage("app", "v1", index);
    const { subsetIndex } = await import("../../src/model/index-subset.ts");
    const platforms = [{ os: "linux", architecture: "arm64", variant: "v8" }];
    const subset = subsetIndex(
      {
        bytes: index.bytes,
        descriptor: { mediaType: index.mediaType, digest: index.digest, size: index.bytes.length },
      },
      platforms,
    );
    assertAllApplied(
      await applyAll([
        change(`${source.host}/app:v1`, `${target.host}/app:v1`, subset.content.descriptor.digest, {
          platforms,
          sourceDigest: index.digest,
        }),
      ]),
    );
    assertSameBytes(target.store.getManifest("app", "v1")?.bytes, subset.content.bytes);
    assert.equal(target.store.manifests("app").length, 3, "the index, the image and its attestation");
  });

  it("copies Docker manifest lists and manifests unchanged", async () => {
    const [source, target] = [await start(), await start()];
    const list = twoPlatformIndex(1, { format: "docker" });
    source.putImage("app", "v1", list);
    assertAllApplied(await applyAll([change(`${source.host}/app:v1`, `${target.host}/app:v1`, list.digest)]));
    assertComplete(target, "app", list);
    assert.equal(target.store.getManifest("app", "v1")?.mediaType, list.mediaType);
  });

  it("copies only the descriptors of foreign layers and never requests their URLs", async () => {
    const [source, target, elsewhere] = [await start(), await start(), await start()];
    const copied = image({ layers: [foreignLayer(`${elsewhere.url}/layer`), tarLayer({ own: "1" })] });
    source.putImage("app", "v1", copied);
    assertAllApplied(await applyAll([change(`${source.host}/app:v1`, `${target.host}/app:v1`, copied.digest)]));
    assertComplete(target, "app", copied);
    assert.equal(elsewhere.log.length, 0);
    assert.equal(target.store.blobs("app").length, 2);
  });

  it("uploads to an opaque URL outside /v2/, as Artifact Registry returns it", async () => {
    const source = await start();
    const target = await start({ uploadLocation: "opaque", chunkedUploads: false });
    const copied = smallImage(1);
    source.putImage("app", "v1", copied);
    assertAllApplied(await applyAll([change(`${source.host}/app:v1`, `${target.host}/app:v1`, copied.digest)]));
    assertComplete(target, "app", copied);
    assert.equal(target.countRequests({ method: "PATCH" }), 0);
  });

  it("refuses an ambiguous manifest before anything is written", async () => {
    const [source, target] = [await start(), await start()];
    const honest = smallImage(1);
    const text = new TextDecoder().decode(honest.bytes);
    const forged = seal(honest.mediaType, { ...JSON.parse(text), manifests: [] }, { blobs: honest.blobs });
    source.store.putManifest("app", { mediaType: forged.mediaType, digest: forged.digest, bytes: forged.bytes }, "v1");
    const { results } = await applyAll([change(`${source.host}/app:v1`, `${target.host}/app:v1`, forged.digest)]);
    const [result] = results;
    assert.ok(result?.status === "rejected");
    assert.equal(result.reason.code, "CONTENT_REFUSED");
    assert.equal(target.log.filter(isWrite).length, 0);
  });
});
