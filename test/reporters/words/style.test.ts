import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { test } from "node:test";
import { createStyle } from "../../../src/reporters/words/style.ts";

test("without colour the text is unchanged", () => {
  const style = createStyle(false);
  assert.equal(style.red(style.bold("text")), "text");
});

test("with colour only styling is added to the text", () => {
  for (const paint of Object.values(createStyle(true))) {
    assert.notEqual(paint("text"), "text");
    assert.equal(stripVTControlCharacters(paint("text")), "text");
    assert.equal(paint(""), "");
  }
});
