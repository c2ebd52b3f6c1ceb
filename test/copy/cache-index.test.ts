import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRegistryEngine } from "../../src/copy/engine.ts";
import { MEDIA_TYPES } from "../../src/model/manifest.ts";
import type { Change } from "../../src/model/plan.ts";
import type { Applied } from "../../src/model/ports.ts";
import { change } from "../support/changes.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { seal, smallImage, type TestImage } from "../support/images.ts";
import { blob, foreignLayer, type TestBlob } from "../support/layers.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
const layer = blob(LAYER, bytes("a cache layer"));
const config = blob("application/vnd.buildkit.cacheconfig.v0", bytes('{"layers":[]}'));

function indexOf(manifests: readonly unknown[], blobs: readonly TestBlob[], children: readonly TestImage[]): TestImage {
  return seal(
    MEDIA_TYPES.ociIndex,
    { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests },
    { blobs, children },
  );
}

const cache = indexOf([layer.descriptor, config.descriptor], [layer, config], []);
const platform = smallImage(1);
const mixed = indexOf([platform.descriptor, layer.descriptor, config.descriptor], [layer, config], [platform]);

async function copy(image: TestImage, source: EmbeddedRegistry, target: EmbeddedRegistry): Promise<Applied> {
  source.putImage("app", "v1", image);
  const engine = createRegistryEngine({ client: client(), transfers: 4 });
  const one = change(`${source.host}/app:v1`, `${target.host}/copy:v1`, image.digest);
  return engine.apply(one, { ...calm, onProgress: () => undefined, recheck: async () => "go" });
}

function assertComplete({ store }: Pick<EmbeddedRegistry, "store">, image: TestImage): void {
  assert.deepEqual(Buffer.from(store.getManifest("copy", image.digest)?.bytes ?? []), Buffer.from(image.bytes));
  for (const { descriptor } of image.blobs) assert.ok(store.getBlob("copy", descriptor.digest), descriptor.mediaType);
  for (const child of image.children) assertComplete({ store }, child);
}

describe("an index that has blobs as children", () => {
  for (const [name, image] of [
    ["BuildKit's cache", cache],
    ["blobs and manifests", mixed],
  ] as const) {
    it(`is copied byte for byte, without requesting a blob as a manifest: ${name}`, async () => {
      const [source, target] = [await start(), await start()];
      const { transferredBytes } = await copy(image, source, target);
      assertComplete(target, image);
      assert.equal(target.store.tags("copy").get("v1"), image.digest);
      assert.ok(transferredBytes >= layer.bytes.length + config.bytes.length);
      const asked = new Set(source.log.filter(({ kind }) => kind === "manifest").map(({ reference }) => reference));
      assert.ok(!asked.has(layer.descriptor.digest));
      assert.ok(!asked.has(config.descriptor.digest));
    });
  }

  for (const mediaType of [undefined, null, "", "application/octet-stream", "application/vnd.example.thing"]) {
    it(`is copied with a child that may be a blob or a manifest, of type ${JSON.stringify(mediaType)}`, async () => {
      const [source, target] = [await start(), await start()];
      const asBlob = { ...layer.descriptor, mediaType };
      const asManifest = { ...platform.descriptor, mediaType };
      const image = indexOf([asBlob, asManifest], [layer], [platform]);
      await copy(image, source, target);
      assertComplete(target, image);
    });
  }

  it("is copied without its foreign layers", async () => {
    const [source, target] = [await start(), await start()];
    const foreign = foreignLayer("https://layers.example/1");
    const image = indexOf([foreign.descriptor, config.descriptor], [config], []);
    await copy(image, source, target);
    assert.ok(!source.log.some(({ reference }) => reference === foreign.descriptor.digest));
  });

  it("is not copied if the source has a child neither as a manifest nor as a blob", async () => {
    const [source, target] = [await start(), await start()];
    const image = indexOf([{ ...layer.descriptor, mediaType: "" }], [], []);
    source.putImage("app", "v1", image);
    await assert.rejects(copy(image, source, target), { code: "CONTENT_MISSING" });
    assert.equal(target.store.tags("copy").get("v1"), undefined);
  });

  it("gets a lost blob back from a repair", async () => {
    const [source, target] = [await start(), await start()];
    await copy(mixed, source, target);
    target.store.deleteBlob("copy", layer.descriptor.digest);
    const engine = createRegistryEngine({ client: client(), transfers: 4 });
    const right: Change = change(`${source.host}/app:v1`, `${target.host}/copy:v1`, mixed.digest, { action: "none" });
    const repaired = await engine.repair?.(right, calm);
    assert.equal(repaired?.restoredBlobs, 1);
    assertComplete(target, mixed);
  });
});

describe("a large index", () => {
  const many = Array.from({ length: 1001 }, (_, at) => blob(LAYER, bytes(String(at))));
  const nested = [1, 2, 3, 4].reduce<TestImage>((child) => indexOf([child.descriptor], [], [child]), platform);
  for (const [name, image] of [
    [
      "with 1,001 parts",
      indexOf(
        many.map(({ descriptor }) => descriptor),
        many,
        [],
      ),
    ],
    ["nested five levels deep", nested],
  ] as const) {
    it(`is refused before anything is written: ${name}`, async () => {
      const [source, target] = [await start(), await start()];
      await assert.rejects(copy(image, source, target), { code: "LIMIT_EXCEEDED" });
      assert.ok(!target.log.some(({ method }) => method !== "GET" && method !== "HEAD"));
    });
  }

  it("is written with one PUT for each manifest, however often it is referenced", async () => {
    const [source, target] = [await start(), await start()];
    const leaves = Array.from({ length: 40 }, (_, at) => smallImage(300 + at));
    const level = (children: readonly TestImage[], seed: string): TestImage =>
      indexOf(
        children.map(({ descriptor }) => ({ ...descriptor, annotations: { seed } })),
        [],
        children,
      );
    const second = Array.from({ length: 40 }, (_, at) => level(leaves, `second ${at}`));
    const third = Array.from({ length: 40 }, (_, at) => level(second, `third ${at}`));
    const top = level(third, "top");
    await copy(top, source, target);
    assert.equal(target.store.tags("copy").get("v1"), top.digest);
    assert.equal(target.log.filter(({ method, kind }) => method === "PUT" && kind === "manifest").length, 121);
  });
});
