import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assemble, type Assembled } from "../../../src/manifest/parse/assemble.ts";
import { parseFile } from "../../../src/manifest/parse/parse-file.ts";
import { DIGEST, findings, formatDiagnostic, imagesFile, parse, tagsFile } from "./support/parse.ts";

function assembled(files: Readonly<Record<string, string>>): Assembled {
  const [root, ...includes] = Object.entries(files).map(([file, text], at) =>
    parseFile(text, { file: `sub/${file}`, name: file, variables: new Map(), isRoot: at === 0 }),
  );
  assert.ok(root !== undefined);
  return assemble(root, includes);
}

describe("mappings", () => {
  it("of different sources to one target tag are an error with both positions", () => {
    const { diagnostics } = parse(
      imagesFile(
        "{ source: a/b:v1, target: r.io/c }",
        "{ source: a/d, target: r.io/c, tags: [v0, { from: v2, to: v1 }] }",
      ),
    );
    assert.deepEqual(diagnostics.map(formatDiagnostic), [
      'images.yaml:4:47 "r.io/c:v1" is mapped from "docker.io/a/d:v2" here and from "docker.io/a/b:v1" elsewhere',
    ]);
    assert.deepEqual(diagnostics[0]?.related?.[0]?.position, { file: "images.yaml", line: 3, column: 31 });
  });

  it("of equal sources agree, however the sources are spelled", () => {
    assert.deepEqual(
      findings(
        imagesFile(
          "{ source: nginx:v1, target: r.io/c }",
          "{ source: docker.io/library/nginx, target: R.io/c, tags: [v1] }",
        ),
      ),
      [],
    );
    assert.deepEqual(findings(tagsFile("v1, v1, { from: v1, to: [v1, v1] }")), []);
  });

  it("conflict when only one of them is pinned", () => {
    assert.match(findings(tagsFile(`v1, { from: 'v1@${DIGEST}' }`))[0] ?? "", /is mapped from/);
  });

  it("cannot read a tag that another mapping writes", () => {
    const { diagnostics } = parse(
      imagesFile("{ source: r.io/c:v1, target: r.io/d }", "{ source: a/b:v1, target: r.io/c }"),
    );
    assert.deepEqual(diagnostics.map(formatDiagnostic), [
      'images.yaml:3:34 the source "r.io/c:v1" is a target of another entry',
    ]);
    assert.deepEqual(diagnostics[0]?.related?.[0]?.position, { file: "images.yaml", line: 4, column: 31 });
  });

  it("cannot copy a tag to itself", () => {
    assert.match(
      findings(imagesFile("{ source: r.io/c, target: r.io/c:latest }"))[0] ?? "",
      /is both the source and the target/,
    );
    assert.deepEqual(findings(imagesFile("{ source: r.io/c, target: r.io/c, tags: [{ from: v1, to: stable }] }")), []);
  });

  it("of local images do not clash with registry tags of the same name", () => {
    assert.deepEqual(
      findings(
        imagesFile("{ source: a/b:v1, target: r.io/c }", "{ source: 'docker-daemon:r.io/c:v1', target: r.io/d }"),
      ),
      [],
    );
  });
});

describe("assemble", () => {
  const root =
    "version: 1\ninclude: ['*.yaml']\ndefaults: { optional: true }\nimages:\n  - { source: a/b:v1, target: r.io/c }\n";

  it("merges entries and rules; defaults stay in their file", () => {
    const { manifest, diagnostics } = assembled({
      "images.yaml": root,
      "a.yaml": "version: 1\nimages:\n  - { source: a/b:v2, target: r.io/c }\n",
      "b.yaml": "version: 1\nimmutable:\n  - repositories: r.io/**\n",
    });
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(
      manifest?.entries.map(({ optional }) => optional),
      [true, false],
    );
    assert.equal(manifest?.rules[0]?.position.file, "sub/b.yaml");
  });

  it("shows the first 100 conflicts of a file and counts the rest", () => {
    const tags = Array.from({ length: 10_000 }, (_, at) => `{ from: v${at}, to: one }`);
    const found = findings(tagsFile(tags.join(",\n      ")));
    assert.equal(found.length, 101);
    assert.match(found[0] ?? "", /"r.io\/c:one" is mapped from "docker.io\/a\/b:v1" here/);
    assert.match(found[100] ?? "", /^images.yaml:104:7 9899 more conflicts in this file are not shown$/);
  });

  it("finds conflicts between files and reports the findings of all files in order", () => {
    const { manifest, diagnostics } = assembled({
      "images.yaml": root,
      "b.yaml": "version: 1\nimages:\n  - { source: a/x:v1, target: r.io/c }\n  - { sorce: a/x:v1, target: r.io/c }\n",
      "a.yaml": "version: 2\n",
    });
    assert.equal(manifest, undefined);
    assert.deepEqual(
      diagnostics.map(({ position, message }) => [position.file, position.line, message.slice(0, 20)]),
      [
        ["sub/a.yaml", 1, "expected 1, not the "],
        ["sub/b.yaml", 3, '"r.io/c:v1" is mappe'],
        ["sub/b.yaml", 4, 'missing key "source"'],
        ["sub/b.yaml", 4, 'unknown key "sorce"'],
      ],
    );
  });

  it("gives equal content the same hash and different content another one", () => {
    const hash = (text: string) => assembled({ "images.yaml": text }).manifest?.hash;
    const first = hash("version: 1\nimages: [{ source: a/b, target: r.io/c, tags: [1.10] }]\n");
    assert.match(first ?? "", /^sha256:[a-f0-9]{64}$/);
    assert.equal(
      first,
      hash('# other text\nimages:\n  - target: r.io/c\n    tags: ["1.10"]\n    source: a/b\nversion: 1\n'),
    );
    assert.notEqual(first, hash("version: 1\nimages: [{ source: a/b, target: r.io/c, tags: [1.1] }]\n"));
  });

  it("includes the values of variables and the names of files in the hash", () => {
    const text = "version: 1\nimages: [{ source: a/b, target: '${T}' }]\n";
    assert.notEqual(parse(text, { T: "r.io/c" }).manifest?.hash, parse(text, { T: "r.io/d" }).manifest?.hash);
    const part = "version: 1\nimages: []\n";
    const named = (name: string) => assembled({ "images.yaml": root, [name]: part }).manifest?.hash;
    assert.notEqual(named("a.yaml"), named("b.yaml"));
  });
});
