import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { expandVariables } from "../../../src/manifest/parse/expand-variables.ts";
import { assemble } from "../../../src/manifest/parse/assemble.ts";
import { parseFile } from "../../../src/manifest/parse/parse-file.ts";
import { formatPosition } from "../../../src/model/position.ts";
import { findings, imagesFile, parse, parseFit } from "./support/parse.ts";

function expand(text: string, variables: Readonly<Record<string, string>> = {}): string {
  const expanded = expandVariables(text, new Map(Object.entries(variables)));
  if ("text" in expanded) return expanded.text;
  return "unset" in expanded ? `unset: ${expanded.unset.join(", ")}` : `! ${expanded.problem}`;
}

describe("variables", () => {
  it("are replaced by name, with a default when they are unset or empty", () => {
    assert.equal(expand("${A}/${_b2}", { A: "x", _b2: "y" }), "x/y");
    assert.equal(expand("${A:-x}${B:-y}${C:-}", { B: "z", C: "" }), "xz");
    assert.equal(expand("${A}", { A: "" }), "");
  });

  it("turn $$ into a dollar sign and leave other dollar signs alone", () => {
    assert.equal(expand("$$ $A $ v1$ $${A}", { A: "x" }), "$ $A $ v1$ ${A}");
  });

  it("are not expanded again inside the value of a variable", () => {
    assert.equal(expand("${A}", { A: "${B}$$", B: "x" }), "${B}$$");
    fc.assert(fc.property(fc.string(), (value) => assert.equal(expand("<${A}>", { A: value }), `<${value}>`)));
  });

  it("are an error with a hint when they are not set", () => {
    const [diagnostic] = parse(imagesFile("source: a/b", "source: ${REPO}/b\n    target: c/d")).diagnostics.slice(-1);
    assert.equal(diagnostic?.message, 'the variable "REPO" is not set');
    assert.match(diagnostic?.hint ?? "", /--var REPO=VALUE or --var-file FILE.*IMGSYNC_VAR_REPO/);
    assert.deepEqual([diagnostic?.position.line, diagnostic?.position.column, diagnostic?.length], [4, 13, 9]);
  });

  it("are listed together, each with every place that uses it, when several are not set", () => {
    const text = imagesFile(
      "source: ${A}/${B}\n    target: r.io/${A}",
      '{ source: x, target: "r.io/${C}", tags: ["${A}"] }',
    );
    const [diagnostic, ...others] = parse(text).diagnostics;
    assert.deepEqual(others, []);
    assert.equal(diagnostic?.message, '3 variables are not set: "A", "B", "C"');
    assert.match(diagnostic?.hint ?? "", /--var NAME=VALUE or --var-file FILE/);
    assert.deepEqual(
      diagnostic?.related?.map(({ position, message }) => `${position.line}:${position.column} ${message}`),
      [
        '3:13 "A" is used here',
        '4:13 "A" is used here',
        '5:46 "A" is used here',
        '3:13 "B" is used here',
        '5:26 "C" is used here',
      ],
    );
  });

  it("are listed with the places of all files when several are not set", () => {
    const included = parseFile("version: 1\nimages:\n  - { source: '${A}', target: '${B}' }\n", {
      file: "teams/a.yaml",
      variables: new Map(),
      isRoot: false,
    });
    const root = parseFile(imagesFile("{ source: '${A}', target: r.io/x }"), {
      file: "images.yaml",
      variables: new Map(),
      isRoot: true,
    });
    const { manifest, diagnostics } = assemble(root, [included]);
    assert.equal(manifest, undefined);
    assert.deepEqual(
      diagnostics.map(({ message, related }) => [message, related?.map(({ position }) => formatPosition(position))]),
      [['2 variables are not set: "A", "B"', ["images.yaml:3:15", "teams/a.yaml:3:15", "teams/a.yaml:3:31"]]],
    );
  });

  it("are counted beyond ten places of one variable", () => {
    const text = imagesFile(
      ...Array.from({ length: 12 }, (_, index) => `{ source: "\${A}", target: r.io/x:${index} }`),
    );
    const related = parse(text).diagnostics[0]?.related ?? [];
    assert.equal(related.length, 10);
    assert.equal(related.at(-1)?.message, '"A" is used here and in 2 more places');
  });

  it("are an error when they are malformed or nested", () => {
    assert.match(expand("${HO-ME}"), /^! "\$\{HO-ME\}" is not a variable/);
    assert.match(expand("${1A}"), /is not a variable/);
    assert.match(expand("${A"), /is not a variable/);
    assert.match(expand("${A:-${B}}"), /is not a variable/);
    assert.match(expand("${}"), /is not a variable/);
  });

  it("are never read from the environment", () => {
    assert.deepEqual(findings(imagesFile('{ source: "${HOME}", target: "${PATH}" }')), [
      'images.yaml:3:15 2 variables are not set: "HOME", "PATH"',
    ]);
  });

  it("are expanded in values, not in keys", () => {
    assert.match(
      findings("version: 1\nregistries:\n  ${HOST}: {}\n", { HOST: "r.io" })[0] ?? "",
      /images.yaml:3:3 .*host/,
    );
  });

  it("have the type that their value would have in the file", () => {
    const text = "version: ${V}\nimages: [{source: a/b, target: c/d, optional: '${O}'}]\n";
    assert.match(findings(text, { V: "1", O: "true" })[0] ?? "", /expected true or false, not the text "true"/);
    const plain =
      "version: 1\nimages:\n  - source: a/b\n    target: c/d\n    optional: ${O}\n    tags:\n      - ${T}\n";
    const [entry] = parseFit(plain, { O: "true", T: "1.10" }).entries;
    assert.equal(entry?.optional, true);
    assert.deepEqual(entry?.tags[0]?.kind === "literal" ? entry.tags[0].to : [], ["1.10"]);
  });

  it("do not hide other errors in the file", () => {
    const found = findings("version: 1\nimges: []\nimages:\n  - source: ${A}\n    target: B\n");
    assert.deepEqual(
      found.map((finding) => finding.slice(0, 15)),
      ["images.yaml:2:1", "images.yaml:4:1", "images.yaml:5:1"],
    );
  });

  it("get a hint when they are unquoted in a flow list", () => {
    assert.match(parse("version: 1\ninclude: [${A}]\n", { A: "x" }).diagnostics[0]?.hint ?? "", /in quotes/);
  });
});
