import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { parseFile, type ParsedFile } from "../../../src/manifest/parse/parse-file.ts";

const ENTRIES = 600;

function parse(text: string, longFile: number): ParsedFile {
  return parseFile(text, { file: "images.yaml", variables: new Map([["REGION", "eu"]]), isRoot: true, longFile });
}

/** Reads the text in parts and at once. */
function bothWays(text: string): readonly [parts: ParsedFile, whole: ParsedFile] {
  return [parse(text, 0), parse(text, Number.POSITIVE_INFINITY)];
}

/** The difference between two documents of this size takes minutes to print. */
function assertSame(parts: ParsedFile, whole: ParsedFile, name?: string): void {
  assert.deepEqual(parts.diagnostics, whole.diagnostics, name);
  assert.equal(parts.document?.entries.length, whole.document?.entries.length, name);
  assert.ok(isDeepStrictEqual(parts, whole), name);
}

/** Entries in all the forms of YAML, with a comment between some of them. */
function entries(count = ENTRIES): string {
  return Array.from({ length: count }, (_, at) => {
    if (at % 5 === 0)
      return `  - { source: a.example/app${at}, target: b.example/app${at}, tags: [v1, 1.10, "v${at}"] }`;
    if (at % 5 === 1)
      return `  # number ${at}\n  - source: a.example/app${at}\n    target: b.example/app${at}\n    tags:\n      - v${at}`;
    if (at % 5 === 2)
      return `  -\n    source: "a.example/\\\n      app${at}:v1"\n    target: >-\n      b.example/app${at}`;
    if (at % 5 === 3)
      return `  - source: a.example/app${at}:v1 # kept\n\n    target:\n    - b.example/\${REGION}${at}:v1\n    - c.example/app${at}:v1`;
    return `  - source: {}\n`.replace("{}", `'a.example/app${at}:v1'`) + `    target: b.example/app${at}`;
  }).join("\n");
}

function tags(count = ENTRIES): string {
  return Array.from({ length: count }, (_, at) =>
    at % 3 === 0 ? `      - { from: v${at}, to: w${at} }` : `      - v${at}`,
  ).join("\n");
}

test("a file that is read in parts means the same as one that is read at once", () => {
  const long = `version: 1\nx-note: some\nimages:\n${entries()}\n`;
  const [parts, whole] = bothWays(long);
  assert.equal(whole.document?.entries.length, ENTRIES);
  assertSame(parts, whole);
});

test("long lists of tags in a long list of entries are read in parts", () => {
  const entry = (at: number): string =>
    `  - source: a.example/app${at}\n    target: b.example/app${at}\n    tags:\n${tags()}`;
  const [parts, whole] = bothWays(`images:\n${[0, 1, 2].map(entry).join("\n")}\n${entries()}\nversion: 1\n`);
  assert.equal(whole.document?.entries[1]?.tags.length, ENTRIES);
  assertSame(parts, whole);
});

test("a list that is not indented is read in parts", () => {
  const [parts, whole] = bothWays(`version: 1\nimages:\n${entries().replaceAll(/^ {2}/gm, "")}\n# the end\n`);
  assert.equal(whole.document?.entries.length, ENTRIES);
  assertSame(parts, whole);
});

test("findings do not depend on how a file is read", () => {
  const good = entries(300);
  const files = {
    syntax: `version: 1\nimages:\n${good}\n  - source: [\n${good}\n`,
    indentation: `version: 1\nimages:\n${good}\n - source: a.example/b\n${good}\n`,
    "bad flow end": `version: 1\nimages:\n${good}\n  - [a,\n  ]\n${good}\n`,
    "unset variable": `version: 1\nimages:\n${good}\n  - source: a.example/\${NOT_SET}\n    target: b.example/b\n${good}\n`,
    "same key twice": `version: 1\nimages:\n${good}\n  - source: a.example/b\n    source: a.example/b\n    target: b.example/c:v1\n`,
    schema: `version: 1\nimages:\n${good}\n  - source: a.example/b:v1\n    targte: b.example/b\n${good}\n`,
    "second document": `version: 1\nimages:\n${good}\n---\nimages:\n${good}\n`,
  };
  for (const [name, text] of Object.entries(files)) {
    const [parts, whole] = bothWays(text);
    assert.notDeepEqual([...whole.diagnostics, ...(whole.unset ?? [])], [], name);
    assertSame(parts, whole, name);
  }
});

test("anchors and aliases connect all of a long file", () => {
  const alias = "  - { source: a.example/last, target: b.example/last, tags: *tags }";
  const files = [
    `version: 1\nx-tags: &tags [v1, v2]\nimages:\n${entries()}\n${alias}\n`,
    `version: 1\nimages:\n  - { source: a.example/first, target: b.example/first, tags: &tags [v1, v2] }\n${entries()}\n${alias}\n`,
    `version: 1\nimages:\n${entries()}\n${alias}\n`,
  ];
  for (const text of files) {
    const [parts, whole] = bothWays(text);
    assertSame(parts, whole);
  }
  assert.deepEqual(parse(files[0] ?? "", 0).document?.entries.at(-1)?.tags.length, 2);
  assert.notDeepEqual(parse(files[2] ?? "", 0).diagnostics, []);
});
