import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { displayWidth } from "../../../src/reporters/words/width.ts";
import { breakWords, flow } from "../../../src/reporters/words/layout.ts";

test("parts stay on one line when they fit, and always without a width", () => {
  const text = { head: "  create  ", parts: ["from a", "to b"] };
  assert.deepEqual(flow(text, { indentation: 10 }), ["  create  from a, to b"]);
  assert.deepEqual(flow(text, { indentation: 10, columns: 22 }), ["  create  from a, to b"]);
});

test("parts that do not fit go to indented lines", () => {
  const lines = flow({ head: "  create  ", parts: ["from a", "to b"] }, { indentation: 10, columns: 20 });
  assert.deepEqual(lines, ["  create  from a,", "          to b"]);
});

test("a word is never cut, even if it is wider than a line", () => {
  const long = "host.example/a/very/long/repository:tag";
  assert.deepEqual(breakWords(`from ${long}`, 20), [`from ${long}`]);
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z:#|]{1,30}$/)), fc.integer({ min: 4, max: 60 }), (words, width) => {
      const shown = breakWords(words.join(" "), width).flatMap((line) => line.trim().split(" "));
      assert.deepEqual(shown.filter((word) => word !== "|").join(" "), words.filter((word) => word !== "|").join(" "));
    }),
  );
});

test("a word that could be a command to a CI runner starts no line, also after several spaces", () => {
  assert.deepEqual(breakWords("onetwo  ::x", 6), ["onetwo", "| ::x"]);
  const piece = fc.constantFrom("::error::", "##[group]", "word", " ", "  ");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.integer({ min: 4, max: 60 }), (pieces, width) => {
      const [, ...lines] = breakWords(pieces.join(""), width);
      for (const line of lines) assert.doesNotMatch(line, /^\s*(?:::|##)/);
    }),
    { numRuns: 1000 },
  );
});

test("lines stay within the width when their words allow it", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z ]{1,12}$/)), fc.integer({ min: 30, max: 80 }), (parts, columns) => {
      for (const line of flow({ head: "  x  ", parts }, { indentation: 5, columns })) {
        assert.ok(displayWidth(line) <= columns, line);
      }
    }),
  );
});

test("no continuation line starts with a CI command", () => {
  const parts = ["some words ::error::x ##[group] more", "::warning::y"];
  for (const columns of [12, 16, 20, 30]) {
    for (const line of flow({ head: "head  ", parts }, { indentation: 2, columns })) {
      assert.doesNotMatch(line.trimStart(), /^(?:::|##)/);
    }
  }
});
