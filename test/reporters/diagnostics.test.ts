import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Diagnostic } from "../../src/model/error.ts";
import { renderDiagnostics, renderError } from "../../src/reporters/diagnostics.ts";
import { createStyle } from "../../src/reporters/words/style.ts";
import { displayWidth } from "../../src/reporters/words/width.ts";
import { MIRROR, PLAIN } from "./samples.ts";

const finding: Diagnostic = {
  severity: "error",
  message: 'unknown key "tgas"',
  position: { file: "images.yaml", line: 6, column: 5 },
  excerpt: "    tgas: [v1]",
  length: 4,
  hint: 'did you mean "tags"?',
};

function caretLine(diagnostic: Partial<Diagnostic>, columns = 80): readonly [string, string] {
  const [, line = "", carets = ""] = renderDiagnostics([{ ...finding, ...diagnostic }], { ...PLAIN, columns }).split(
    "\n",
  );
  return [line, carets];
}

test("a finding shows its position, the line, a caret line, the hint and a count", () => {
  assert.equal(
    renderDiagnostics([finding], PLAIN),
    `images.yaml:6:5: error: unknown key "tgas"
 6 |     tgas: [v1]
   |     ^^^^
  hint: did you mean "tags"?
1 error [MANIFEST_INVALID]
`,
  );
});

test("a warning about the user's settings has the colour of warnings", () => {
  const options = { style: createStyle(true) };
  const warning = renderError({ code: "CONFIG_INVALID", message: "no error: ignored" }, options, "warning");
  assert.equal(warning, `${options.style.yellow("warning:")} no error: ignored [CONFIG_INVALID]\n`);
});

test("related positions are shown, and warnings are counted separately", () => {
  const warning: Diagnostic = {
    severity: "warning",
    message: "written twice",
    position: { file: "images.yaml", line: 12, column: 3 },
    related: [{ position: { file: "teams/a.yaml", line: 2, column: 1 }, message: "first written here" }],
  };
  assert.equal(
    renderDiagnostics([warning, finding, finding], PLAIN).split("\n").slice(0, 2).join("\n"),
    "images.yaml:12:3: warning: written twice\n  teams/a.yaml:2:1: first written here",
  );
  assert.match(renderDiagnostics([warning, finding, finding], PLAIN), /\n2 errors \[MANIFEST_INVALID\], 1 warning\n$/);
});

test("no findings are rendered as nothing", () => {
  assert.equal(renderDiagnostics([], PLAIN), "");
});

test("the caret is under its character after tabs, wide and escaped characters", () => {
  const excerpt = "\t日本\u001B \u{1F600}: tgas";
  const [line, carets] = caretLine({ excerpt, position: { file: "a", line: 6, column: excerpt.indexOf("tgas") + 1 } });
  assert.equal(displayWidth(line.slice(0, line.indexOf("tgas"))), carets.indexOf("^"));
  assert.match(carets, /\^\^\^\^$/);
});

test("a long line is cut on both sides of the caret, which stays visible", () => {
  fc.assert(
    fc.property(fc.nat(400), fc.nat(400), fc.integer({ min: 30, max: 200 }), (before, after, columns) => {
      const excerpt = `${"a".repeat(before)}XY${"b".repeat(after)}`;
      const [line, carets] = caretLine(
        { excerpt, length: 2, position: { file: "a", line: 6, column: before + 1 } },
        columns,
      );
      assert.ok(displayWidth(line) <= columns);
      assert.equal(line.indexOf("XY"), carets.indexOf("^^"));
    }),
  );
});

test("a caret past the end of its line or on an empty line is still shown", () => {
  assert.deepEqual(caretLine({ excerpt: "", position: { file: "a", line: 6, column: 1 } }), [" 6 |", "   | ^"]);
  assert.deepEqual(caretLine({ excerpt: "ab", position: { file: "a", line: 6, column: 3 } }), [" 6 | ab", "   |   ^"]);
});

test("hostile names and lines never start a line of output", () => {
  const text = renderDiagnostics(
    [
      {
        ...finding,
        excerpt: "::error::x\u001B[2J",
        position: { file: "::error::.yaml", line: 1, column: 1 },
        message: "a\n::error::b",
      },
    ],
    { ...PLAIN, ci: true },
  );
  for (const line of text.split("\n")) assert.doesNotMatch(line.trimStart(), /^(?:::|##)/);
  assert.doesNotMatch(text.replaceAll("\n", ""), /\p{Cc}/u);
});

test("an error shows the side, the reference, the message and the hint", () => {
  const reference = `${MIRROR}/nginx:1.27`;
  const text = renderError(
    { code: "DENIED", side: "target", reference, message: "the push was refused", hint: "ask" },
    PLAIN,
  );
  assert.equal(text, `error: target ${reference}: the push was refused [DENIED]\n  hint: ask\n`);
});

test("an error does not name its reference twice", () => {
  const text = renderError({ code: "INTERNAL", reference: "a.example/b", message: 'no "a.example/b"' }, PLAIN);
  assert.equal(text, 'error: no "a.example/b" [INTERNAL]\n');
});

test("a source line contains no CI command, wherever the marked part begins", () => {
  for (const [command, shown] of [
    ["##vso[task.x]", String.raw`#\u{23}vso[task.x]`],
    ["##[group]", String.raw`#\u{23}[group]`],
    ["section_start:1", String.raw`section_start\u{3a}1`],
  ] as const) {
    const excerpt = `    a: "é${command}"`;
    for (let column = 1; column <= excerpt.length; column += 1) {
      const [line, carets] = caretLine({ excerpt, position: { ...finding.position, column }, length: 3 });
      assert.equal(line, ` 6 |     a: "é${shown}"`);
      assert.match(carets, /\^/);
    }
  }
});
