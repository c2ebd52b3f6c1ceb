import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { stringify, type ToStringOptions } from "yaml";
import { createSourceText } from "../../../src/manifest/parse/source-text.ts";
import { readTokens } from "../../../src/manifest/parse/tokens.ts";
import { findings, imagesFile, parse, parseFit } from "./support/parse.ts";

describe("the YAML reader", () => {
  it("accepts a byte order mark, CRLF line endings and document markers", () => {
    const text = `\uFEFF---\n${imagesFile("{ source: a/b, target: r.io/c }")}...\n`;
    const { entries } = parseFit(text.replaceAll("\n", "\r\n"));
    assert.deepEqual(entries[0]?.position, { file: "images.yaml", line: 4, column: 5 });
  });

  it("suggests imgsync init for an empty file", () => {
    for (const text of ["", "\n\n", "# nothing\n", "---\n"]) {
      const { diagnostics } = parse(text);
      assert.equal(diagnostics[0]?.message, "the file is empty", JSON.stringify(text));
      assert.match(diagnostics[0]?.hint ?? "", /imgsync init/);
    }
  });

  it("refuses a file that is not a map", () => {
    assert.deepEqual(findings("hello"), ['images.yaml:1:1 expected a map, not the text "hello"']);
    assert.deepEqual(findings("[]"), ["images.yaml:1:1 expected a map, not a list"]);
    assert.deepEqual(findings("~"), ["images.yaml:1:1 expected a map, not nothing"]);
  });

  it("reports errors with their position and the source line", () => {
    const [diagnostic] = parse("version: 1\nimages:\n  - source: a: b\n").diagnostics;
    assert.deepEqual(diagnostic?.position, { file: "images.yaml", line: 3, column: 13 });
    assert.equal(diagnostic?.excerpt, "  - source: a: b");
    assert.match(diagnostic?.message ?? "", /^nested mappings are not allowed/);
  });

  it("counts columns in UTF-16 code units, as editors do: an emoji counts as two", () => {
    const line = '  - { source: nginx, "\u{1F600}": 1, tgas: [] }';
    const found = findings(`version: 1\nimages:\n${line}\n`);
    assert.equal(line.indexOf("tgas"), Array.from(line).indexOf("t", 15) + 1);
    assert.ok(
      found.some((finding) => finding.startsWith(`images.yaml:3:${line.indexOf("tgas") + 1} `)),
      found.join("\n"),
    );
  });

  it("refuses control characters and bare carriage returns", () => {
    assert.deepEqual(findings("version: 1\0"), ["images.yaml:1:11 the file has the control character U+0000"]);
    assert.deepEqual(findings("version: 1\rimages: []"), [
      "images.yaml:1:11 the file has the control character U+000D",
    ]);
    assert.match(findings("version: \u001F1")[0] ?? "", /U\+001F/);
  });

  it("refuses tags, directives and further documents", () => {
    assert.match(findings("version: !!js/function x")[0] ?? "", /images.yaml:1:10 the YAML tag "!!js\/function"/);
    assert.match(findings("version: !x 1")[0] ?? "", /the YAML tag "!x"/);
    assert.match(findings("version: !!str 1")[0] ?? "", /the YAML tag "!!str"/);
    assert.match(findings("%YAML 1.1\n---\nversion: 1\n")[0] ?? "", /the YAML directive "%YAML 1.1"/);
    assert.deepEqual(findings("version: 1\n---\nversion: 1\n"), [
      "images.yaml:2:1 the file has more than one document",
    ]);
  });

  it("reports a duplicate key with the position of the first one, beside other errors", () => {
    const { diagnostics } = parse("version: 1\nimages: []\nversion: 1\nimges: []\n");
    assert.deepEqual(
      diagnostics.map(({ message }) => message),
      ['the key "version" occurs twice', 'unknown key "imges"'],
    );
    assert.deepEqual(diagnostics[0]?.related?.[0]?.position, { file: "images.yaml", line: 1, column: 1 });
  });

  it("refuses keys that could pollute JavaScript prototypes", () => {
    for (const key of ["__proto__", "constructor", "prototype", '"__proto__"']) {
      const found = findings(`version: 1\nx-a:\n  ${key}: { polluted: true }\n`);
      assert.match(found[0] ?? "", /^images.yaml:3:3 the key ".*" is not allowed$/);
    }
    assert.equal(Object.hasOwn(Object.prototype, "polluted"), false);
  });

  it("refuses keys that are missing or not text", () => {
    assert.match(findings("version: 1\n? [a]\n: 1\n")[0] ?? "", /a key must be text/);
    assert.match(findings("version: 1\n: 1\n")[0] ?? "", /a key is missing/);
  });

  it("accepts the output of a YAML library in any style", () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.string(),
        fc.integer(),
        tie("list"),
        tie("map"),
      ),
      list: fc.array(tie("value"), { maxLength: 4 }),
      map: fc.dictionary(fc.string({ minLength: 1 }), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    }));
    const style = fc.constantFrom<ToStringOptions>(
      {},
      { collectionStyle: "flow" },
      { indentSeq: false },
      { lineWidth: 20 },
    );
    fc.assert(
      fc.property(value, style, (value, style) => {
        const text = stringify(value, style);
        assert.deepEqual(readTokens(createSourceText(text, "images.yaml")).diagnostics, [], text);
      }),
    );
  });

  it("reads any text without throwing, and every finding lies within it", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ..."\n,  ,- ,: ,? ,[,],{,},&a ,*a,<<: ,!t ,|\n,>-\n,\",',#,%,---\n,...\n,\r\n,\t,${A},${,$$,~,\0,\uFEFF".split(
          ",",
        ),
      ),
      fc.constantFrom(
        "version: 1\n",
        "images:\n",
        "  - source: a/b\n",
        "    target: c\n",
        "    tags: [1.0]\n",
        "include: [a]\n",
      ),
      fc.string({ unit: "binary", maxLength: 8 }),
    );
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, (text) => {
        const lines = text.replace(/^\uFEFF/, "").split("\n");
        const { manifest, diagnostics } = parse(text, { A: "x" });
        assert.equal(
          manifest === undefined,
          diagnostics.some(({ severity }) => severity === "error"),
        );
        for (const { position, length } of diagnostics) {
          const line = lines[position.line - 1];
          assert.ok(line !== undefined, `line ${position.line} of ${lines.length}`);
          assert.ok(position.column >= 1 && position.column <= line.length + 1, `column ${position.column}`);
          assert.ok(length === undefined || length >= 1);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
