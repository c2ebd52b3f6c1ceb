import assert from "node:assert/strict";
import { test } from "node:test";
import { type Column, renderColumns } from "../../../src/reporters/words/columns.ts";

const NAMES: Column = { title: "NAME", cells: [["日本"], ["b"]] };
const PARTS: Column = { title: "PARTS", cells: [["one,", "two,", "three"], ["-"]] };

test("columns are as wide as their widest cell, in columns of the terminal", () => {
  assert.deepEqual(renderColumns([NAMES, PARTS], 80), {
    fits: "without-breaks",
    lines: ["NAME  PARTS", "日本  one,two,three", "b     -"],
  });
});

test("a cell of several parts is continued on further lines, and broken only between its parts", () => {
  const long = { title: "PARTS", cells: [["first-part,", "second-part,", "third-part"], ["-"]] };
  assert.deepEqual(renderColumns([long, NAMES], 32), {
    fits: "with-breaks",
    lines: [
      "PARTS                    NAME",
      "first-part,second-part,  日本",
      "third-part",
      "-                        b",
    ],
  });
  assert.equal(renderColumns([long, NAMES], 21).fits, "not");
});

test("a table without rows is its title", () => {
  assert.deepEqual(renderColumns([{ title: "NAME", cells: [] }], 3).lines, ["NAME"]);
});
