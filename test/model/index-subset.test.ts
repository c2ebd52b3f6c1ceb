import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { digestOf } from "../../src/model/digest.ts";
import { ImgsyncError } from "../../src/model/error.ts";
import { subsetIndex } from "../../src/model/index-subset.ts";
import { type ManifestContent, MEDIA_TYPES, parseManifest } from "../../src/model/manifest.ts";
import { formatPlatform, type Platform } from "../../src/model/platform.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64" };
const amd64 = child("amd64", AMD64);
const arm64 = child("arm64", { ...ARM64, variant: "v8" });
const windows1 = child("windows1", { os: "windows", architecture: "amd64" });
const windows2 = child("windows2", { os: "windows", architecture: "amd64" });
const amd64Proof = proof("amd64");
const arm64Proof = proof("arm64");
const ALL = [amd64, arm64, windows1, windows2, amd64Proof, arm64Proof];

describe("a subset of an index", () => {
  test("keeps children and their attestations in order, and returns the children that it drops", () => {
    const { kept, dropped } = subsetIndex(indexOf(ALL), [AMD64]);
    assert.deepEqual(
      kept.map(({ digest }) => digest),
      [amd64.digest, amd64Proof.digest],
    );
    assert.equal(dropped.length, 4);
  });

  test("is the source's JSON, minified and with fewer manifests, so that its digest is stable", () => {
    const bytes = `{ "schemaVersion": 2,\n "annotations": {"b": "\\u00e9", "a": "1"}, "manifests": ${JSON.stringify([arm64, amd64], undefined, 2)}, "last": 1.0 }`;
    const { content } = subsetIndex(contentOf(bytes), [ARM64]);
    const expected = `{"schemaVersion":2,"annotations":{"b":"é","a":"1"},"manifests":[${JSON.stringify(arm64)}],"last":1}`;
    assert.equal(new TextDecoder().decode(content.bytes), expected);
    assert.equal(content.descriptor.digest, digestOf(expected));
    assert.equal(content.descriptor.size, new TextEncoder().encode(expected).byteLength);
    assert.equal(content.descriptor.mediaType, MEDIA_TYPES.ociIndex);
  });

  test("treats arm64 as arm64/v8", () => {
    assert.deepEqual(
      subsetIndex(indexOf(ALL), [ARM64]).kept.map(({ digest }) => digest),
      [arm64.digest, arm64Proof.digest],
    );
  });

  test("keeps all children of a platform, such as several versions of Windows", () => {
    const { kept } = subsetIndex(indexOf(ALL), [{ os: "windows", architecture: "amd64" }]);
    assert.deepEqual(
      kept.map(({ digest }) => digest),
      [windows1.digest, windows2.digest],
    );
  });

  test("of all platforms has the source's digest when the source is minified", () => {
    const index = indexOf(ALL);
    const { content } = subsetIndex(index, [AMD64, ARM64, { os: "windows", architecture: "amd64" }]);
    assert.equal(content.descriptor.digest, index.descriptor.digest);
  });

  test("without a requested platform is an error that lists the available ones", () => {
    assert.throws(
      () => subsetIndex(indexOf(ALL), [AMD64, { os: "linux", architecture: "s390x" }]),
      (thrown) => {
        assert.ok(thrown instanceof ImgsyncError);
        assert.equal(thrown.code, "PLATFORM_MISSING");
        assert.match(thrown.message, /no linux\/s390x$/);
        assert.equal(thrown.details.hint, "it has linux/amd64, linux/arm64/v8, windows/amd64");
        return true;
      },
    );
  });

  test("ignores an attestation that claims to be for a platform", () => {
    const claim = { ...amd64Proof, platform: AMD64 };
    assert.throws(() => subsetIndex(indexOf([arm64, claim]), [AMD64]), /no linux\/amd64/);
  });

  test("of children without platforms is an error", () => {
    assert.throws(() => subsetIndex(indexOf([{ ...amd64, platform: undefined }]), [AMD64]), /no linux\/amd64/);
  });

  test("of a single image is an error", () => {
    const config = { mediaType: "x", digest: digestOf("config"), size: 1 };
    const json = { schemaVersion: 2, config, layers: [] };
    assert.throws(() => subsetIndex(contentOf(JSON.stringify(json), MEDIA_TYPES.ociManifest), [AMD64]), /single image/);
  });

  test("of a very deeply nested index is an error, not a crash", () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const bytes = `{"manifests":[${JSON.stringify(amd64)}],"deep":${deep}}`;
    assert.throws(() => subsetIndex(contentOf(bytes), [AMD64]), /nested too deep/);
  });

  test("of a subset has the same digest", () => {
    const children = fc.subarray(ALL, { minLength: 1 });
    fc.assert(
      fc.property(children, (children) => {
        const platforms = children.flatMap(({ platform }) => (platform?.os === "unknown" ? [] : [platform ?? AMD64]));
        fc.pre(platforms.length > 0);
        const once = subsetIndex(indexOf(ALL), platforms).content;
        const twice = subsetIndex(once, platforms).content;
        assert.equal(twice.descriptor.digest, once.descriptor.digest);
        const manifest = parseManifest(once);
        assert.ok(manifest.kind === "index");
        const names = new Set(
          manifest.manifests.flatMap(({ platform }) => (platform ? [formatPlatform(platform)] : [])),
        );
        for (const platform of platforms) assert.ok(names.has(formatPlatform(platform)));
      }),
    );
  });
});

function child(name: string, platform: Platform | undefined) {
  return { mediaType: MEDIA_TYPES.ociManifest, digest: digestOf(name), size: 500, platform };
}

function proof(of: string) {
  const annotations = {
    "vnd.docker.reference.type": "attestation-manifest",
    "vnd.docker.reference.digest": digestOf(of),
  };
  return { ...child(`${of}-proof`, { os: "unknown", architecture: "unknown" }), annotations };
}

function indexOf(manifests: readonly ReturnType<typeof child>[]): ManifestContent {
  return contentOf(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests }));
}

function contentOf(text: string, mediaType: string = MEDIA_TYPES.ociIndex): ManifestContent {
  const bytes = new TextEncoder().encode(text);
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.byteLength } };
}
