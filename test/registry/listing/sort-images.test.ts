import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sortImages } from "../../../src/registry/listing/sort-images.ts";
import { digestOf } from "../../../src/model/digest.ts";
import type { ListedImage } from "../../../src/model/image-list.ts";

const image = (tags: readonly string[], more: Partial<ListedImage> = {}): ListedImage => ({
  digest: digestOf(tags.join()),
  tags,
  ...more,
});
const names = (images: readonly ListedImage[]) => images.map(({ tags }) => tags.join());

describe("sorting images", () => {
  it("puts the newest and the largest first, and unknown values last", () => {
    const images = [
      image(["unknown"]),
      image(["old"], { created: new Date(1000), updated: new Date(3000), bytes: 2 }),
      image(["new"], { created: new Date(2000), updated: new Date(1000), bytes: 1 }),
    ];
    assert.deepEqual(names(sortImages(images, "created")), ["new", "old", "unknown"]);
    assert.deepEqual(names(sortImages(images, "updated")), ["old", "new", "unknown"]);
    assert.deepEqual(names(sortImages(images, "size")), ["old", "new", "unknown"]);
  });

  it("uses the highest version among an image's tags, and puts images without tags last", () => {
    const images = [image([]), image(["1.9", "latest"]), image(["1.10", "1"]), image(["dev"])];
    assert.deepEqual(names(sortImages(images, "tag")), ["1.10,1", "1.9,latest", "dev", ""]);
    assert.deepEqual(names(sortImages(images, "created")), ["1.10,1", "1.9,latest", "dev", ""], "ties go by tag");
  });
});
