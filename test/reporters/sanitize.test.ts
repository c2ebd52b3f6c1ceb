import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { clean, forCiLog, forJson, forTerminal, insideCiLog, MAX_TEXT } from "../../src/reporters/sanitize.ts";

/** Any UTF-16, with lone surrogates, and often what terminals and CI runners obey. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.integer({ min: 0, max: 0xff_ff }).map((unit) => String.fromCharCode(unit)) }),
      fc.constantFrom("\u001B[2J", "\r\n", "::error::", "##[group]", "##vso[task]", "\u202E", "\u0085", "\u{E0041}"),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(""));
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u{E0000}-\u{E007F}]/u;

test("nothing that a terminal obeys or hides survives", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      for (const shown of [forTerminal(text), insideCiLog(text), forCiLog(text)]) assert.doesNotMatch(shown, OBEYED);
    }),
  );
});

test("controls become visible instead of vanishing", () => {
  assert.equal(forTerminal("a\nb\tc\rd\u001B[31me"), String.raw`a\nb\tc\rd\u{1b}[31me`);
  assert.equal(
    forTerminal("\u009B\u202E\u200B\uFEFF\u{E0041}\u007F"),
    String.raw`\u{9b}\u{202e}\u{200b}\u{feff}\u{e0041}\u{7f}`,
  );
});

test("visible text stays as it is, in any script", () => {
  const text = "nginx:1.27 – größer, 日本語 é 🐳 ~!@#$%^&*()";
  assert.equal(forTerminal(text), text);
});

test("cleaning and escaping twice changes nothing more", () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 20, max: 600 }), (text, max) => {
      assert.equal(clean(clean(text, max), max), clean(text, max));
      assert.equal(forTerminal(forTerminal(text, max), max), forTerminal(text, max));
    }),
  );
});

test("the result is never longer than asked for, and says how much is missing", () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 20, max: 600 }), (text, max) => {
      assert.ok(Array.from(clean(text, max)).length <= max);
      assert.ok(Array.from(forTerminal(text, max)).length <= max);
    }),
  );
  assert.equal(clean("x".repeat(600)), `${"x".repeat(493)}…(+107)`);
  assert.equal(clean("x".repeat(MAX_TEXT)), "x".repeat(MAX_TEXT));
  assert.equal(clean("🐳".repeat(30), 20), `${"🐳".repeat(14)}…(+16)`);
});

test("lone surrogates become the replacement character and pairs stay whole", () => {
  assert.equal(clean("a\uD800b\uDC00c"), "a\uFFFDb\uFFFDc");
  assert.equal(clean("\uD83D\uDC33"), "🐳");
});

test("no foreign text starts a line of a CI log or holds a command to its runner", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      assert.match(forCiLog(text), /^\| /);
      assert.doesNotMatch(insideCiLog(text), /##[A-Za-z.]*\[/);
    }),
  );
  assert.equal(insideCiLog("a ##[error]b ##vso[x]"), String.raw`a #\u{23}[error]b #\u{23}vso[x]`);
});

test("JSON parses to the same value and is safe to print", () => {
  fc.assert(
    fc.property(fc.dictionary(hostile, hostile), fc.constantFrom(0, 2), (value, indentation) => {
      const text = forJson(value, indentation);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.doesNotMatch(text.replaceAll("\n", ""), OBEYED);
    }),
  );
  assert.equal(forJson("\u0085\u2028\u202E\u{E0041}"), String.raw`"\u0085\u2028\u202e\udb40\udc41"`);
});
