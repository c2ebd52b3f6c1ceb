import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { secret } from "../../src/model/secret.ts";
import { clean, forJson, forTerminal, insideCiLog, MAX_TEXT } from "../../src/text/sanitize.ts";

/** Any UTF-16, including lone surrogates, and often sequences that terminals and CI runners interpret. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.integer({ min: 0, max: 0xff_ff }).map((unit) => String.fromCharCode(unit)) }),
      fc.constantFrom("\u001B[2J", "\r\n", "::error::", "##[group]", "##vso[task]", "\u202E", "\u0085", "\u{E0041}"),
      fc.constantFrom(
        "#",
        "##",
        "[",
        "##teamcity[x",
        "section_start:1:a\r\u001B[0K",
        "section_end:",
        "##vso",
        "task.x[",
      ),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(""));
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u{E0000}-\u{E007F}]/u;

test("no character that a terminal interprets or hides survives", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      for (const shown of [forTerminal(text), insideCiLog(text)]) assert.doesNotMatch(shown, OBEYED);
    }),
  );
});

test("control characters become visible escapes", () => {
  assert.equal(forTerminal("a\nb\tc\rd\u001B[31me"), String.raw`a\nb\tc\rd\u{1b}[31me`);
  assert.equal(
    forTerminal("\u009B\u202E\u200B\uFEFF\u{E0041}\u007F"),
    String.raw`\u{9b}\u{202e}\u{200b}\u{feff}\u{e0041}\u{7f}`,
  );
});

test("visible text is unchanged, in any script", () => {
  const text = "nginx:1.27 – größer, 日本語 é 🐳 ~!@#$%^&*()";
  assert.equal(forTerminal(text), text);
});

test("cleaning and escaping are idempotent", () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 20, max: 600 }), (text, max) => {
      assert.equal(clean(clean(text, max), max), clean(text, max));
      assert.equal(forTerminal(forTerminal(text, max), max), forTerminal(text, max));
    }),
  );
});

test("the result is never longer than the limit, and shows how much is missing", () => {
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

const COMMAND = /##[\w.-]*\[|section_(?:start|end):/i;

test("untrusted text is never a CI command, in any output", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      assert.doesNotMatch(insideCiLog(text), /^\s*::[A-Za-z]/);
      for (const shown of [forTerminal(text), insideCiLog(text), forJson({ [text]: text }), forJson([text], 2)])
        assert.doesNotMatch(shown, COMMAND);
    }),
  );
  assert.equal(forTerminal("a ##[error]b ##vso[x] ###[y"), String.raw`a #\u{23}[error]b #\u{23}vso[x] ##\u{23}[y`);
  assert.equal(forTerminal("section_start:1:a, ##teamcity[x"), String.raw`section_start\u{3a}1:a, #\u{23}teamcity[x`);
  assert.equal(forTerminal("# a, ## b: [c], #[d], F##, C#"), "# a, ## b: [c], #[d], F##, C#");
  assert.equal(insideCiLog(" ::error::a"), String.raw`\u{3a}:error::a`);
  assert.equal(insideCiLog("std::vector, ::1"), "std::vector, ::1");
  assert.equal(forJson("##vso[x"), String.raw`"#\u0023vso[x"`);
});

test("held secrets are masked before text is cut or escaped", () => {
  secret("sanitised-Pa55<&>word");
  const text = `it was sanitised-Pa55<&>word${"x".repeat(20)}`;
  for (const shown of [forTerminal(text, 30), clean(text, 30), insideCiLog(text, 30)])
    assert.match(shown, /^it was \*\*\*x/);
  assert.equal(forJson({ "sanitised-Pa55<&>word": "c2FuaXRpc2VkLVBhNTU8Jj53b3Jk" }), '{"***":"***"}');
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
