import assert from "node:assert/strict";
import { test } from "node:test";
import { createStyle } from "../../../src/reporters/words/style.ts";
import { displayWidth } from "../../../src/reporters/words/width.ts";

test("the width counts two columns for wide characters, and none for combining marks and styling", () => {
  assert.deepEqual(["abc", "日本", "e\u0301", "🐳", createStyle(true).red("ab")].map(displayWidth), [3, 4, 1, 2, 2]);
});
