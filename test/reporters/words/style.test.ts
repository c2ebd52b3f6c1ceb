import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { test } from "node:test";
import { createStyle } from "../../../src/reporters/words/style.ts";

test("without colour text is left as it is", () => {
  const style = createStyle(false);
  assert.equal(style.red(style.bold("text")), "text");
});

test("with colour the text is the same below its styling, whatever stdout is", () => {
  for (const paint of Object.values(createStyle(true))) {
    assert.notEqual(paint("text"), "text");
    assert.equal(stripVTControlCharacters(paint("text")), "text");
    assert.equal(paint(""), "");
  }
});
