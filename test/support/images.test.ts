import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { attestationSubject, isForeignLayer, parseManifest } from "../../src/model/manifest.ts";
import { cleanUpAfterEach } from "./clean-up.ts";
import { type EmbeddedRegistry, startRegistry } from "./embedded-registry/registry.ts";
import { image, smallImage, type TestImage, twoPlatformIndex } from "./images.ts";
import { foreignLayer, randomLayer, tarLayer } from "./layers.ts";
import { requirePrograms } from "./programs.ts";
import { pushImage } from "./push-image.ts";
import { skopeoInspect } from "./skopeo.ts";

const cleanUp = cleanUpAfterEach();

async function start(): Promise<EmbeddedRegistry> {
  const registry = await startRegistry();
  cleanUp(() => registry.stop());
  return registry;
}

function manifestOf({ descriptor, bytes }: TestImage): ReturnType<typeof parseManifest> {
  const { mediaType, digest, size } = descriptor;
  return parseManifest({ descriptor: { mediaType, digest, size }, bytes });
}

describe("test images", () => {
  it("are the same for the same seed and differ otherwise", () => {
    assert.equal(smallImage(1).digest, smallImage(1).digest);
    assert.notEqual(smallImage(1).digest, smallImage(2).digest);
    const layer = randomLayer({ size: 10_000, seed: 7 });
    assert.equal(layer.descriptor.digest, randomLayer({ size: 10_000, seed: 7 }).descriptor.digest);
    assert.notEqual(layer.descriptor.digest, randomLayer({ size: 10_000, seed: 8 }).descriptor.digest);
    assert.ok(layer.descriptor.size >= 10_000);
  });

  it("share the base layer between the platforms of an index", () => {
    const [amd64, arm64] = twoPlatformIndex(1).children;
    const layers = (child: TestImage | undefined): readonly string[] =>
      (child?.blobs ?? []).slice(1).map(({ descriptor }) => descriptor.digest);
    assert.equal(layers(amd64)[0], layers(arm64)[0]);
    assert.notEqual(layers(amd64)[1], layers(arm64)[1]);
  });

  it("have attestations that name their image", () => {
    const index = twoPlatformIndex(1, { attestations: true });
    const manifest = manifestOf(index);
    assert.ok(manifest.kind === "index");
    assert.deepEqual(manifest.manifests.map(attestationSubject), [
      undefined,
      undefined,
      ...index.children.slice(0, 2).map(({ digest }) => digest),
    ]);
  });

  it("can have foreign layers, whose bytes are not pushed", async () => {
    const registry = await start();
    for (const format of ["oci", "docker"] as const) {
      const layers = [foreignLayer("https://example.com/layer", format), tarLayer({ own: "1" }, format)];
      const foreign = image({ layers, format });
      const manifest = manifestOf(foreign);
      assert.ok(manifest.kind === "image");
      assert.deepEqual(manifest.layers.map(isForeignLayer), [true, false]);
      assert.equal(await pushImage(registry.host, "foreign", format, foreign), foreign.digest);
    }
  });

  it("contain a tar that ends with two empty blocks", () => {
    const archive = gunzipSync(tarLayer({ "a/b": "hello" }).bytes ?? new Uint8Array());
    assert.equal(archive.length, 4 * 512);
    assert.equal(archive.subarray(512, 517).toString(), "hello");
    assert.equal(archive.subarray(257, 262).toString(), "ustar");
  });

  it("can be read by skopeo, as OCI and as Docker schema 2", async (t) => {
    if (!requirePrograms(t, "skopeo")) return;
    const registry = await start();
    for (const format of ["oci", "docker"] as const) {
      await pushImage(registry.host, "app", format, twoPlatformIndex(1, { format }));
      const seen = await skopeoInspect(`${registry.host}/app:${format}`);
      assert.match(seen, /"Architecture": "amd64"/);
    }
  });
});
