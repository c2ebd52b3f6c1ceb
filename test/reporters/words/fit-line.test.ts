import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { fitLine } from "../../../src/reporters/words/fit-line.ts";
import { createStyle } from "../../../src/reporters/words/style.ts";
import { displayWidth } from "../../../src/reporters/words/width.ts";

test("a fitted line is never wider than the terminal, and text that fits is unchanged", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 0, max: 40 }), (text, columns) => {
      const fitted = fitLine(text, columns);
      assert.ok(displayWidth(fitted) <= columns);
      if (displayWidth(text) <= columns) assert.equal(fitted, text);
    }),
  );
  assert.deepEqual([fitLine("abcdef", 4), fitLine("日本語", 4), fitLine("ab", 2)], ["abc…", "日…", "ab"]);
});

test("a cut line keeps its styling and ends it", () => {
  assert.equal(fitLine(createStyle(true).red("abcdef"), 4), "\u001B[31mabc…\u001B[39m");
});
