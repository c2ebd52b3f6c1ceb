import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseVariableFile } from "../../../src/manifest/variables/variable-file.ts";
import { formatPosition } from "../../../src/model/position.ts";

const SECRET = "hunter2";

/** Returns the values of a file without problems. */
function valuesOf(text: string, file: string): Readonly<Record<string, string>> {
  const { variables, diagnostics } = parseVariableFile(text, file);
  assert.deepEqual(diagnostics, []);
  return Object.fromEntries(variables);
}

/** Returns the problems as `vars.yaml:1:1 message`. No file whose problems are shown may show its values. */
function problemsOf(text: string, file: string): readonly string[] {
  const { diagnostics } = parseVariableFile(text, file);
  assert.ok(!JSON.stringify(diagnostics).includes(SECRET), JSON.stringify(diagnostics));
  return diagnostics.map(({ position, message }) => `${formatPosition(position)} ${message}`);
}

describe("a file of variables", () => {
  it("is YAML or JSON, with each value as written", () => {
    const yaml =
      "# region\nREGION: europe\nVERSION: 1.10\nON: on\nTEXT: \"a: b\"\nEMPTY: ''\nFLAG: true\nOCTAL: 0o17\n";
    const values = {
      REGION: "europe",
      VERSION: "1.10",
      ON: "on",
      TEXT: "a: b",
      EMPTY: "",
      FLAG: "true",
      OCTAL: "0o17",
    };
    assert.deepEqual(valuesOf(yaml, "vars.yaml"), values);
    assert.deepEqual(valuesOf(yaml, "vars.yml"), values);
    const json = '{\n\t"REGION": "eu\\u0072ope\\/😀",\n\t"VERSION": 1.10,\n\t"FLAG": true\n}';
    assert.deepEqual(valuesOf(json, "vars.json"), { REGION: "europe/😀", VERSION: "1.10", FLAG: "true" });
  });

  it("is dotenv, with quotes, comments and export", () => {
    const text = [
      "# comment",
      "",
      "PLAIN=a b  # comment",
      "HASH=a#b",
      "export EXPORTED = x",
      `SINGLE='a "b" \\n $X' # comment`,
      'DOUBLE="a\\nb \\"c\\" \\\\ \\$X \\x"',
      "EMPTY=",
      "URL=https://x/?a=b\r",
    ].join("\n");
    const values = {
      PLAIN: "a b",
      HASH: "a#b",
      EXPORTED: "x",
      SINGLE: 'a "b" \\n $X',
      EMPTY: "",
      URL: "https://x/?a=b",
    };
    for (const name of [".env", "prod.env", "folder/.env.prod"]) {
      assert.deepEqual(valuesOf(text, name), { ...values, DOUBLE: 'a\nb "c" \\ $X \\x' });
    }
  });

  it("shows its format by its content when its name does not", () => {
    assert.deepEqual(valuesOf("A: x=y\n", "vars"), { A: "x=y" });
    assert.deepEqual(valuesOf("# A: x\nA=x: y\n", "vars"), { A: "x: y" });
    assert.deepEqual(valuesOf('\n {"A": "x"}', "vars"), { A: "x" });
    assert.deepEqual(valuesOf("", "vars"), {});
    assert.deepEqual(valuesOf("\uFEFFA=x", "vars"), { A: "x" });
  });

  it("gives a dollar sign no meaning", () => {
    assert.deepEqual(valuesOf('A: "${B} $$"\nC: $x\n', "v.yaml"), { A: "${B} $$", C: "$x" });
    assert.deepEqual(valuesOf("A=${B} $$\n", "v.env"), { A: "${B} $$" });
  });

  it("keeps every text of JSON", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        // images.yaml cannot contain control characters either, and JSON.stringify escapes them
        assert.deepEqual(valuesOf(JSON.stringify({ A: value }, null, 2), "v.json"), { A: value });
      }),
    );
  });

  it("is refused with the position of each problem, and never shows a value", () => {
    const cases: readonly (readonly [file: string, text: string, ...problems: readonly string[]])[] = [
      ["v.yaml", `A: x\nA: ${SECRET}\n`, 'v.yaml:2:1 the key "A" occurs twice'],
      [
        "v.yaml",
        `A: [${SECRET}]\nB: { x: ${SECRET} }\n`,
        'v.yaml:1:1 the variable "A" is a list, and must be text',
        'v.yaml:2:1 the variable "B" is a map, and must be text',
      ],
      [
        "v.yaml",
        "A:\nB: null\n",
        'v.yaml:1:1 the variable "A" has no value',
        'v.yaml:2:1 the variable "B" has no value',
      ],
      ["v.yaml", `${SECRET}-x: 1\n`, "v.yaml:1:1 this key is not a valid variable name"],
      ["v.yaml", `- ${SECRET}\n`, "v.yaml:1:1 a file of variables must be a map of names to text"],
      ["v.yaml", SECRET, "v.yaml:1:1 a file of variables must be a map of names to text"],
      ["v.yaml", `A: *${SECRET}\n`, "v.yaml:1:4 this is not valid YAML, or not allowed in a file of variables"],
      ["v.yaml", `A: !${SECRET} x\n`, "v.yaml:1:4 this is not valid YAML, or not allowed in a file of variables"],
      ["v.yaml", `A: @${SECRET}\n`, "v.yaml:1:4 this is not valid YAML, or not allowed in a file of variables"],
      ["v.yaml", `A: "${SECRET}\n`, "v.yaml:2:1 this is not valid YAML, or not allowed in a file of variables"],
      ["v.json", `{ A: '${SECRET}' }`, "v.json:1:1 the file is not valid JSON"],
      ["v.json", `{ "A": "${SECRET}", "A": "x" }`, 'v.json:1:19 the key "A" occurs twice'],
      ["v.json", '{ "A": null }', 'v.json:1:3 the variable "A" has no value'],
      ["v.env", `A=x\n${SECRET}\n`, "v.env:2:1 this line is not a variable"],
      ["v.env", `A=${SECRET}\nA=x\n`, 'v.env:2:1 the variable "A" occurs twice'],
      ["v.env", `A="${SECRET}\n`, 'v.env:1:1 the value of "A" begins with a quote that does not end in this line'],
      ["v.env", `A='x' ${SECRET}\n`, 'v.env:1:1 the value of "A" has text after its closing quote'],
      ["v.env", `A=${SECRET}\u0000\n`, 'v.env:1:1 the value of "A" has a control character'],
    ];
    for (const [file, text, ...problems] of cases) assert.deepEqual(problemsOf(text, file), problems, text);
  });

  it("is refused when its aliases, depth or keys exceed the limits", () => {
    const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 9; level += 1) bomb.push(`a${level}: &a${level} [${`*a${level - 1}, `.repeat(10)}]`);
    assert.match(problemsOf(bomb.join("\n"), "v.yaml")[0] ?? "", /this alias expands|the aliases of this file expand/);
    assert.match(problemsOf("[".repeat(1000), "v.yaml")[0] ?? "", /nested more than 64 levels/);
    const keys = Array.from({ length: 5001 }, (_, index) => `K${index}: x`).join("\n");
    assert.match(problemsOf(keys, "v.yaml")[0] ?? "", /more than 5000 keys/);
  });

  it("reports at most 20 problems", () => {
    assert.equal(problemsOf("x\n".repeat(100), "v.env").length, 20);
  });
});
