import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { listImages } from "../../../src/registry/listing/list-images.ts";
import type { ListRequest } from "../../../src/registry/listing/list-request.ts";
import { digestOf } from "../../../src/model/digest.ts";
import type { ListedImage } from "../../../src/model/image-list.ts";
import { MEDIA_TYPES } from "../../../src/model/manifest.ts";
import type { RegistryOptions } from "../../support/embedded-registry/options.ts";
import { index, smallImage, twoPlatformIndex } from "../../support/images.ts";
import { calm, createScope } from "../../support/scope.ts";

const { registry: start, client } = createScope();

async function world(options?: RegistryOptions) {
  const registry = await start(options);
  const warnings: string[] = [];
  return {
    registry,
    warnings,
    list: async (request: Partial<ListRequest> = {}): Promise<Readonly<Record<string, ListedImage>>> => {
      const images = await listImages({
        client: client(),
        repository: { host: registry.host, path: "app" },
        details: true,
        onProgress: () => undefined,
        onWarning: (message) => warnings.push(message),
        ...calm,
        ...request,
      });
      return Object.fromEntries(images.map((image) => [image.tags.join(","), image]));
    },
    requests: () => registry.log.map(({ method, kind }) => `${method} ${kind}`).toSorted(),
  };
}

const sizeOf = (...blobs: readonly { readonly size: number }[]): number =>
  blobs.reduce((sum, { size }) => sum + size, 0);

describe("listing images tag by tag", () => {
  it("sends HEAD for each tag, and reads the manifest and config of each digest once", async () => {
    const { registry, list, requests } = await world();
    const image = smallImage(1, { created: "2025-01-02T03:04:05Z" });
    for (const tag of ["v1", "latest"]) registry.putImage("app", tag, image);
    const images = await list();
    assert.deepEqual(images, {
      "latest,v1": {
        digest: image.digest,
        mediaType: MEDIA_TYPES.ociManifest,
        tags: ["latest", "v1"],
        created: new Date("2025-01-02T03:04:05Z"),
        bytes: sizeOf(...image.blobs.map(({ descriptor }) => descriptor)),
      },
    });
    assert.deepEqual(requests(), ["GET blob", "GET manifest", "GET tags", "HEAD manifest", "HEAD manifest"]);
  });

  it("counts shared blobs of an index once and attestations not at all, and takes the time of its newest image", async () => {
    const { registry, list } = await world();
    const platforms = twoPlatformIndex(1, { attestations: true });
    registry.putImage("app", "v1", platforms);
    const blobs = platforms.children.slice(0, 2).flatMap((child) => child.blobs.map(({ descriptor }) => descriptor));
    const unique = new Map(blobs.map((blob) => [blob.digest, blob]));
    assert.equal((await list())["v1"]?.bytes, sizeOf(...unique.values()));
    const old = smallImage(1, { created: "2020-01-01T00:00:00Z" });
    const tooYoung = smallImage(2, { created: "2021-01-01T00:00:00Z", platform: "linux/arm64" });
    registry.putImage(
      "app",
      "v2",
      index([
        { image: old, platform: "linux/amd64" },
        { image: tooYoung, platform: "linux/arm64" },
      ]),
    );
    assert.deepEqual((await list())["v2"]?.created, new Date("2021-01-01T00:00:00Z"));
  });

  it("leaves out a creation time that is missing or invalid", async () => {
    const { registry, list } = await world();
    const times = ["", "yesterday", "0001-01-01T00:00:00Z", "2024-13-45T00:00:00Z", "2024-01-01"];
    for (const [seed, created] of times.entries()) registry.putImage("app", `v${seed}`, smallImage(seed, { created }));
    const images = Object.values(await list());
    assert.equal(images.length, times.length);
    for (const image of images) assert.equal("created" in image, false);
  });

  it("reads no manifest when details are off", async () => {
    const { registry, list, requests } = await world();
    registry.putImage("app", "v1", smallImage(1));
    const { v1 } = await list({ details: false });
    assert.deepEqual(Object.keys(v1 ?? {}), ["digest", "mediaType", "tags"]);
    assert.deepEqual(requests(), ["GET tags", "HEAD manifest"]);
  });

  it("resolves only the tags that the filter allows", async () => {
    const { registry, list, requests } = await world();
    registry.putImage("app", "v1", smallImage(1));
    registry.putImage("app", "dev", smallImage(2));
    assert.deepEqual(Object.keys(await list({ tagFilter: (tag) => tag === "v1", details: false })), ["v1"]);
    assert.deepEqual(requests(), ["GET tags", "HEAD manifest"]);
  });

  it("warns about broken images and shows the others", async () => {
    const { registry, list, warnings } = await world();
    const whole = smallImage(1);
    registry.putImage("app", "whole", whole);
    const broken = twoPlatformIndex(2);
    registry.putImage("app", "broken", broken);
    registry.store.deleteManifest("app", broken.children[0]?.digest ?? "");
    const bytes = Buffer.from('{"schemaVersion":1}');
    registry.store.putManifest(
      "app",
      { mediaType: "application/vnd.docker.distribution.manifest.v1+json", digest: digestOf(bytes), bytes },
      "ancient",
    );
    const images = await list();
    assert.deepEqual(Object.keys(images).toSorted(), ["broken", "whole"]);
    assert.ok(images["whole"]?.bytes);
    assert.equal(images["broken"]?.bytes, undefined);
    assert.equal(warnings.length, 2);
    assert.match(warnings.join("\n"), /no manifest of a known type/);
    assert.match(warnings.join("\n"), /has no manifest/);
  });

  it("fails when the registry refuses, and when it has no such repository", async () => {
    const refusing = await world({
      onRequest: ({ kind, method }) =>
        kind === "manifest" && method === "GET"
          ? { kind: "answer", status: 403, body: '{"errors":[{"code":"DENIED","message":"no"}]}' }
          : undefined,
    });
    refusing.registry.putImage("app", "v1", smallImage(1));
    await assert.rejects(refusing.list(), { code: "DENIED" });
    const empty = await world();
    await assert.rejects(empty.list(), { code: "SOURCE_NOT_FOUND" });
  });
});

describe("listing images from a tag list with details", () => {
  it("needs one request, and shows images without tags", async () => {
    const { registry, list, requests } = await world({ tagDigests: true, uploadedMs: () => 1_735_689_600_000 });
    const platforms = twoPlatformIndex(1);
    registry.putImage("app", "v1", platforms);
    const single = smallImage(3);
    registry.putImage("app", "v0", single);
    const images = await list();
    assert.deepEqual(images["v0"], {
      digest: single.digest,
      mediaType: MEDIA_TYPES.ociManifest,
      tags: ["v0"],
      created: new Date("2024-01-01T00:00:00Z"),
      updated: new Date("2025-01-01T00:00:00Z"),
      bytes: sizeOf(...single.blobs.map(({ descriptor }) => descriptor)),
    });
    assert.deepEqual(Object.keys(images["v1"] ?? {}).toSorted(), ["digest", "mediaType", "tags", "updated"]);
    assert.ok("" in images, "the children of the index have no tags");
    assert.deepEqual(requests(), ["GET tags"]);
    assert.deepEqual(Object.keys(await list({ tagFilter: (tag) => tag === "v1" })), ["v1"]);
  });

  it("resolves tags that have no digest in the list", async () => {
    const first = smallImage(1);
    const second = smallImage(2);
    const body = JSON.stringify({ tags: ["listed", "unlisted"], manifest: { [first.digest]: { tag: ["listed"] } } });
    const { registry, list, requests } = await world({
      onRequest: ({ kind }) => (kind === "tags" ? { kind: "answer", status: 200, body } : undefined),
    });
    registry.putImage("app", "unlisted", second);
    assert.deepEqual(
      Object.values(await list({ details: false }))
        .map(({ digest }) => digest)
        .toSorted(),
      [first.digest, second.digest].toSorted(),
    );
    assert.deepEqual(requests(), ["GET tags", "HEAD manifest"]);
  });
});
