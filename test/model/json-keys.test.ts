import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { nestingOf, topLevelKeys } from "../../src/model/json-keys.ts";

describe("the keys of a JSON text", () => {
  test("are those that JSON.parse finds, with any whitespace", () => {
    const object = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue());
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 1, "\t"), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        const keys = Object.keys(JSON.parse(text));
        assert.deepEqual([...topLevelKeys(text)].sort(), keys.sort());
      }),
      { numRuns: 1000 },
    );
  });

  test("include duplicates, also when one is written with escapes", () => {
    assert.deepEqual(topLevelKeys('{"a":1,"\\u0061":{"a":[{"b":2}],"c":3},"b":"\\",\\"x\\":"}'), ["a", "a", "b"]);
  });

  test("are empty when the text is not an object", () => {
    fc.assert(
      fc.property(fc.oneof(fc.array(fc.jsonValue()), fc.string(), fc.integer(), fc.constant(null)), (value) => {
        assert.deepEqual(topLevelKeys(JSON.stringify(value)), []);
      }),
    );
  });
});

describe("the nesting of a JSON text", () => {
  test("counts objects and lists, but not brackets in strings", () => {
    assert.equal(nestingOf("1"), 0);
    assert.equal(nestingOf('{"[[[":"{{{\\"{"}'), 1);
    assert.equal(nestingOf('{"a":[{"b":[]},{}],"c":{}}'), 4);
    assert.equal(nestingOf("[".repeat(200_000) + "]".repeat(200_000)), 200_000);
  });
});
