import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { algorithmOf, createDigester, digestOf, isDigest, parseDigest, shortDigest } from "../../src/model/digest.ts";

const EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

describe("a digest", () => {
  test("of empty input is the well-known value", () => assert.equal(digestOf(""), EMPTY));

  for (const text of [
    "",
    "sha256:",
    EMPTY.toUpperCase(),
    `${EMPTY}0`,
    EMPTY.slice(0, -1),
    ` ${EMPTY}`,
    `${EMPTY}\n`,
    `sha512:${"a".repeat(64)}`,
    `sha256:${"a".repeat(128)}`,
    `sha1:${"a".repeat(40)}`,
    `sha256:../${"a".repeat(61)}`,
  ]) {
    test(`is not ${JSON.stringify(text.slice(0, 30))}`, () => {
      assert.equal(isDigest(text), false);
      assert.equal(parseDigest(text), undefined);
    });
  }

  test("is the same in chunks as at once, for both algorithms", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array()),
        fc.constantFrom("sha256" as const, "sha512" as const),
        (chunks, algorithm) => {
          const digester = createDigester(algorithm);
          for (const chunk of chunks) digester.update(chunk);
          const digest = digester.digest();
          assert.equal(digest, digestOf(Buffer.concat(chunks), algorithm));
          assert.equal(algorithmOf(digest), algorithm);
          assert.equal(parseDigest(digest), digest);
        },
      ),
    );
  });

  test("is shortened to its algorithm and twelve hex digits for display", () => {
    assert.equal(shortDigest(digestOf("")), "sha256:e3b0c44298fc");
  });
});
