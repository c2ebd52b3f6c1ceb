import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { compareTags, sortTags } from "../../src/selectors/tag-order.ts";

const tag = fc.oneof(
  fc.string({ unit: fc.constantFrom("0", "1", "2", "9", ".", "-", "a", "v", "rc"), minLength: 1, maxLength: 9 }),
  fc.constantFrom(
    "1.2.3",
    "v1.2.3",
    "1.2",
    "01.2",
    "1.2.3-rc.1",
    "99999999999999999999",
    "20240101",
    "latest",
    "1.2.3.4",
  ),
);

describe("the order of tags", () => {
  test("follows semver, including two-part versions", () => {
    const oldestFirst = ["1.2.3-rc.1", "1.2.3", "1.9.0", "1.10", "1.10.1", "v1.11.0", "22.04", "22.10", "24.04"];
    assert.deepEqual(sortTags(oldestFirst.toReversed()), oldestFirst);
  });

  test("puts other tags before versions, in natural order", () => {
    const oldestFirst = ["build-9", "build-10", "build-10a", "latest", "r1.2.3.4", "1.0.0"];
    assert.deepEqual(sortTags(oldestFirst.toReversed()), oldestFirst);
  });

  test("compares numbers larger than the safe integers exactly", () => {
    const oldestFirst = ["b9007199254740993", "b9007199254740994", "b90071992547409930"];
    assert.deepEqual(sortTags(oldestFirst.toReversed()), oldestFirst);
  });

  test("compares equal versions by their text", () => {
    assert.deepEqual(sortTags(["v1.2.3", "1.2.3", "1.2.3"]), ["1.2.3", "1.2.3", "v1.2.3"]);
  });

  test("is antisymmetric, and 0 only for the same text", () => {
    fc.assert(
      fc.property(tag, tag, (one, other) => {
        assert.equal(Math.sign(compareTags(one, other)) + Math.sign(compareTags(other, one)), 0);
        assert.equal(compareTags(one, other) === 0, one === other);
      }),
    );
  });

  test("is transitive", () => {
    fc.assert(
      fc.property(tag, tag, tag, (a, b, c) => {
        if (compareTags(a, b) < 0 && compareTags(b, c) < 0) assert.ok(compareTags(a, c) < 0, `${a} ${b} ${c}`);
      }),
      { numRuns: 5000 },
    );
  });

  test("does not depend on the order in which a registry lists the tags", () => {
    fc.assert(
      fc.property(fc.uniqueArray(tag), (tags) => {
        assert.deepEqual(sortTags(tags.toReversed()), sortTags(tags));
      }),
    );
  });
});
