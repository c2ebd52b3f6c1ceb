import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { digestOf } from "../../src/model/digest.ts";
import { ImgsyncError } from "../../src/model/error.ts";
import {
  attestationSubject,
  childKind,
  childrenOf,
  isForeignLayer,
  type ManifestContent,
  MEDIA_TYPES,
  parseManifest,
} from "../../src/model/manifest.ts";

const { ociManifest, ociIndex, dockerManifest } = MEDIA_TYPES;
const CONFIG = { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf("config"), size: 2 };
const LAYER = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: digestOf("layer"), size: 10 };
const IMAGE = { schemaVersion: 2, mediaType: ociManifest, config: CONFIG, layers: [LAYER] };

describe("a manifest", () => {
  test("of an image has its config and layers", () => {
    const manifest = parseManifest(contentOf(ociManifest, IMAGE));
    assert.deepEqual(manifest, { kind: "image", mediaType: ociManifest, config: CONFIG, layers: [LAYER] });
    assert.deepEqual(childrenOf(manifest), [CONFIG, LAYER]);
  });

  test("of an index has its children, with platform and annotations", () => {
    const child = {
      ...LAYER,
      mediaType: ociManifest,
      platform: { os: "linux", architecture: "arm", variant: "v7", extra: 1 },
    };
    const proof = {
      ...child,
      annotations: { __proto__x: "y", "vnd.docker.reference.type": "attestation-manifest", number: 1 },
    };
    const manifest = parseManifest(
      contentOf(ociIndex, { schemaVersion: 2, manifests: [child, proof], subject: LAYER }),
    );
    assert.equal(manifest.kind, "index");
    assert.deepEqual(manifest.subject, LAYER);
    assert.deepEqual(childrenOf(manifest)[0]?.platform, { os: "linux", architecture: "arm", variant: "v7" });
    assert.deepEqual(
      [...(childrenOf(manifest)[1]?.annotations ?? [])],
      [
        ["__proto__x", "y"],
        ["vnd.docker.reference.type", "attestation-manifest"],
      ],
    );
  });

  test("treats the keys of the prototype as plain data", () => {
    const text = `{"__proto__":{"layers":[]},"constructor":1,${JSON.stringify(IMAGE).slice(1)}`;
    assert.equal(parseManifest(contentOf(ociManifest, text)).kind, "image");
    assert.throws(
      () => parseManifest(contentOf(ociManifest, '{"__proto__":{"config":{},"layers":[]}}')),
      refused(/config/),
    );
  });

  const empty = { kind: "image", mediaType: ociManifest, config: CONFIG, layers: [] };
  const absent: readonly (readonly [string, string, unknown, unknown])[] = [
    ["layers", ociManifest, { ...IMAGE, layers: null }, empty],
    ["subject", ociManifest, { ...IMAGE, subject: null }, { ...empty, layers: [LAYER] }],
    ["mediaType", ociManifest, { ...IMAGE, mediaType: null }, { ...empty, layers: [LAYER] }],
    [
      "annotations and artifactType",
      ociManifest,
      { ...IMAGE, annotations: null, artifactType: null, layers: [] },
      empty,
    ],
    ["manifests of an image", ociManifest, { ...IMAGE, manifests: null, fsLayers: null, layers: [] }, empty],
    [
      "manifests",
      ociIndex,
      { schemaVersion: 2, manifests: null },
      { kind: "index", mediaType: ociIndex, manifests: [] },
    ],
    [
      "config and layers of an index",
      ociIndex,
      { schemaVersion: 2, config: null, layers: null, manifests: [] },
      { kind: "index", mediaType: ociIndex, manifests: [] },
    ],
    [
      "all that is optional in a descriptor",
      ociManifest,
      {
        ...IMAGE,
        layers: [{ ...LAYER, mediaType: null, platform: null, annotations: null, urls: null, artifactType: null }],
      },
      { ...empty, layers: [{ ...LAYER, mediaType: "" }] },
    ],
  ];
  for (const [what, mediaType, json, wanted] of absent) {
    test(`with null for ${what} is read as if it were absent`, () => {
      assert.deepEqual(parseManifest(contentOf(mediaType, json)), wanted);
    });
  }

  test("is recognised by the media type of an index's child, and other types are unclear", () => {
    const kindOf = (mediaType: string) => childKind({ mediaType });
    assert.deepEqual(Object.values(MEDIA_TYPES).map(kindOf), ["manifest", "manifest", "manifest", "manifest"]);
    for (const type of [
      "application/vnd.buildkit.cacheconfig.v0",
      "application/vnd.oci.image.layer.v1.tar+zstd",
      "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
      "application/vnd.docker.image.rootfs.diff.tar.gzip",
      "application/vnd.docker.container.image.v1+json",
      "application/vnd.oci.image.config.v1+json",
    ])
      assert.equal(kindOf(type), "blob", type);
    for (const type of ["", "application/json", "application/vnd.oci.artifact.manifest.v1+json", "text/plain"])
      assert.equal(kindOf(type), "unclear", type);
  });

  const hostile: readonly (readonly [string, string, unknown, RegExp])[] = [
    ["an unknown type", "text/html", IMAGE, /not supported/],
    ["schema 1", "application/vnd.docker.distribution.manifest.v1+prettyjws", IMAGE, /schema 1/],
    ["schema 1 without a signature", "application/vnd.docker.distribution.manifest.v1+json", IMAGE, /schema 1/],
    ["schema 1 served as plain JSON", "application/json", { ...IMAGE, schemaVersion: 1 }, /schema 1/],
    ["plain JSON of another schema version", "application/json", IMAGE, /^manifests of type "application\/json"/],
    [
      "an ORAS artifact manifest",
      "application/vnd.oci.artifact.manifest.v1+json",
      IMAGE,
      /^manifests of type "application\/vnd.oci.artifact.manifest.v1\+json" are not supported$/,
    ],
    ["a type other than the one it was served as", dockerManifest, IMAGE, /was served as/],
    ["a type that is not a string", ociManifest, { ...IMAGE, mediaType: 1 }, /was served as/],
    ["a body that is not JSON", ociManifest, "{", /not JSON/],
    ["an empty body", ociManifest, "", /not JSON/],
    ["a byte order mark", ociManifest, `\uFEFF${JSON.stringify(IMAGE)}`, /not JSON/],
    ["a list", ociManifest, [], /not a JSON object/],
    ["null", ociManifest, null, /not a JSON object/],
    ["a duplicate key", ociManifest, `{"layers":[],${JSON.stringify(IMAGE).slice(1)}`, /"layers" twice/],
    ["a duplicate key in another case", ociManifest, { ...IMAGE, LAYERS: [] }, /"LAYERS" twice/],
    [
      "a duplicate key written with escapes",
      ociManifest,
      `{"l\\u0061yers":[],${JSON.stringify(IMAGE).slice(1)}`,
      /twice/,
    ],
    ["a key in another case", ociManifest, { ...IMAGE, Subject: LAYER }, /in the place of "subject"/],
    ["index and image at once", ociManifest, { ...IMAGE, manifests: [] }, /has "manifests"/],
    ["image and index at once", ociIndex, { schemaVersion: 2, manifests: [], layers: [] }, /has "layers"/],
    ["no config", ociManifest, { ...IMAGE, config: undefined }, /has no "config"/],
    ["null for its config", ociManifest, { ...IMAGE, config: null }, /has no "config"/],
    ["layers that are null and then a list", ociManifest, `{"layers":null,${JSON.stringify(IMAGE).slice(1)}`, /twice/],
    ["null under a key in another case", ociManifest, { ...IMAGE, Manifests: null }, /in the place of "manifests"/],
    ["layers that are not a list", ociManifest, { ...IMAGE, layers: { length: 1 } }, /not a list/],
    ["a layer that is null", ociManifest, { ...IMAGE, layers: [null] }, /layers\[0\]/],
    ["a digest that is a path", ociManifest, { ...IMAGE, layers: [{ ...LAYER, digest: "sha256:../../x" }] }, /digest/],
    ["a negative size", ociManifest, { ...IMAGE, layers: [{ ...LAYER, size: -1 }] }, /size/],
    ["a size above the largest safe integer", ociManifest, { ...IMAGE, layers: [{ ...LAYER, size: 1e300 }] }, /size/],
    ["a size that is a string", ociManifest, { ...IMAGE, layers: [{ ...LAYER, size: "1" }] }, /size/],
    ["a subject that is not a descriptor", ociManifest, { ...IMAGE, subject: "x" }, /subject/],
  ];
  for (const [what, mediaType, json, problem] of hostile) {
    test(`with ${what} is refused`, () => {
      assert.throws(() => parseManifest(contentOf(mediaType, json)), refused(problem));
    });
  }

  test("that is not UTF-8 is refused", () => {
    const bytes = new Uint8Array([0x7b, 0xff, 0x7d]);
    const descriptor = { mediaType: ociManifest, digest: digestOf(bytes), size: 3 };
    assert.throws(() => parseManifest({ bytes, descriptor }), refused(/UTF-8/));
  });

  test("of any JSON is read or refused, and never fails in another way", () => {
    const odd = fc.jsonValue();
    const json = fc.record(
      {
        mediaType: fc.constantFrom<unknown>(ociManifest, ociIndex, 1),
        config: odd,
        layers: odd,
        manifests: odd,
        subject: odd,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(json, odd), fc.constantFrom(ociManifest, ociIndex), (json, mediaType) => {
        try {
          parseManifest(contentOf(mediaType, json));
        } catch (thrown) {
          assert.ok(refused(/./)(thrown), String(thrown));
        }
      }),
    );
  });
});

describe("a descriptor", () => {
  test("of a foreign layer has a foreign media type and a URL of the layer", () => {
    for (const mediaType of [
      "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
      "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
    ]) {
      assert.equal(isForeignLayer({ ...LAYER, mediaType, urls: ["https://example.test/"] }), true, mediaType);
      assert.equal(isForeignLayer({ ...LAYER, mediaType }), false, `${mediaType} without urls`);
      assert.equal(isForeignLayer({ ...LAYER, mediaType, urls: [] }), false, `${mediaType} with empty urls`);
    }
    assert.equal(isForeignLayer({ ...LAYER, urls: ["https://example.test/"] }), false);
  });

  test("of an attestation names its image", () => {
    const annotations = new Map([
      ["vnd.docker.reference.type", "attestation-manifest"],
      ["vnd.docker.reference.digest", LAYER.digest],
    ]);
    assert.equal(attestationSubject({ ...LAYER, annotations }), LAYER.digest);
    assert.equal(attestationSubject(LAYER), undefined);
    assert.equal(
      attestationSubject({ ...LAYER, annotations: new Map(annotations).set("vnd.docker.reference.digest", "x") }),
      undefined,
    );
  });
});

function contentOf(mediaType: string, json: unknown): ManifestContent {
  const bytes = new TextEncoder().encode(typeof json === "string" ? json : JSON.stringify(json));
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.byteLength } };
}

function refused(message: RegExp): (thrown: unknown) => boolean {
  return (thrown) =>
    thrown instanceof ImgsyncError && thrown.code === "CONTENT_REFUSED" && message.test(thrown.message);
}
