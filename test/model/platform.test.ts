import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { formatPlatform, isSamePlatform, type Platform, parsePlatform } from "../../src/model/platform.ts";

const word = fc.constantFrom("linux", "windows", "amd64", "arm64", "arm", "v7", "v8");
const platform: fc.Arbitrary<Platform> = fc
  .tuple(word, word, fc.option(word))
  .map(([os, architecture, variant]) => (variant === null ? { os, architecture } : { os, architecture, variant }));

describe("a platform", () => {
  for (const text of [
    "",
    "linux",
    "linux/",
    "/amd64",
    "linux/arm/",
    "linux/arm/v7/x",
    "linux/arm 64",
    "linux\\amd64",
  ]) {
    test(`is not "${text}"`, () => assert.equal(parsePlatform(text), undefined));
  }

  test("survives a round trip through its text", () => {
    fc.assert(fc.property(platform, (one) => assert.deepEqual(parsePlatform(formatPlatform(one)), one)));
  });

  test("equals arm64/v8 as arm64, and implies no other variant", () => {
    assert.equal(isSame("linux/arm64", "linux/arm64/v8"), true);
    assert.equal(isSame("linux/arm64", "linux/arm64/v9"), false);
    assert.equal(isSame("linux/arm", "linux/arm/v7"), false);
    assert.equal(isSame("linux/amd64", "windows/amd64"), false);
  });

  test("equals itself, and equality is symmetric", () => {
    fc.assert(
      fc.property(platform, platform, (one, other) => {
        assert.equal(isSamePlatform(one, one), true);
        assert.equal(isSamePlatform(one, other), isSamePlatform(other, one));
      }),
    );
  });
});

function isSame(one: string, other: string): boolean {
  const [left, right] = [parsePlatform(one), parsePlatform(other)];
  assert.ok(left && right);
  return isSamePlatform(left, right);
}
