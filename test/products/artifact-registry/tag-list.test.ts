import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { imagesInTagList } from "../../../src/products/artifact-registry/tag-list.ts";
import { mergeImages } from "../../../src/registry/merge-images.ts";
import { digestOf } from "../../../src/model/digest.ts";
import { isTag } from "../../../src/model/reference.ts";

const digest = digestOf("one");
const read = (manifest: unknown) => imagesInTagList(new Map([["manifest", manifest]]));

describe("the images in Google's tag lists", () => {
  it("have tags, and size and times parsed from strings", () => {
    const image = {
      imageSizeBytes: "1234",
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      tag: ["v1"],
      timeCreatedMs: "1704067200000",
      timeUploadedMs: "1735689600000",
    };
    assert.deepEqual(read({ [digest]: image }).get(digest), {
      digest,
      tags: ["v1"],
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      bytes: 1234,
      created: new Date("2024-01-01T00:00:00Z"),
      updated: new Date("2025-01-01T00:00:00Z"),
    });
  });

  it("leave out values that are 0, not numbers or out of range, and invalid images", () => {
    for (const bad of ["0", "", "-5", "1e3", "99999999999999999999", "9007199254740991", null, {}, -1, Number.NaN]) {
      const fields = {
        imageSizeBytes: bad === "9007199254740991" ? "0" : bad,
        timeCreatedMs: bad,
        timeUploadedMs: bad,
      };
      assert.deepEqual(read({ [digest]: fields }).get(digest), { digest, tags: [] }, JSON.stringify(bad));
    }
    const none: readonly unknown[] = [null, "text", { "sha256:short": {} }, { [digest]: null }];
    for (const nothing of none) assert.equal(read(nothing).size, 0);
  });

  it("collect their tags from all pages, without invalid tags", () => {
    const images = new Map();
    mergeImages(images, read({ [digest]: { tag: ["b", "\u001b[2J"] } }), isTag);
    mergeImages(images, read({ [digest]: { tag: ["a", "b"] } }), isTag);
    assert.deepEqual(images.get(digest)?.tags, ["a", "b"]);
  });
});
