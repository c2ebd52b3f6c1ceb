import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FORMATS } from "../../src/foreign/formats/table.ts";
import { importFiles } from "../../src/foreign/import-files.ts";
import { formatLines, writeManifest } from "../../src/foreign/write-manifest.ts";
import { largeRegsync } from "./large-regsync.ts";
import { imported, manifestOf, notesOf, TARGET, variablesOf } from "./support.ts";

describe("a large file", () => {
  it("of 7,500 items becomes some hundred entries with all of their tags", () => {
    const { text, items, repositories } = largeRegsync();
    const found = imported(text, { file: "regsync.yaml" });
    assert.equal(items, 7500);
    assert.equal(found.files[0]?.items.length, 7500);
    assert.ok(found.entries.length <= repositories + 2, `${found.entries.length} entries`);
    const { entries } = manifestOf(writeManifest(found));
    const copies = entries.reduce((sum, { targets, tags }) => sum + targets.length * tags.length, 0);
    assert.equal(copies, 7500);
    assert.ok(writeManifest(found).includes("\n  # regsync.yaml:7-15, 1687-1695, "));
  });

  it("is grouped in a number of steps that grows with its size, and not faster", () => {
    // as many items as fit into the limit for keys of a map, in one repository
    const text = Array.from({ length: 60_000 }, (_, at) => `nginx:v${at}`).join("\n");
    const found = importFiles([{ file: "images.txt", text }], { values: new Map(), target: TARGET });
    assert.ok(!("problem" in found));
    assert.deepEqual(
      found.entries.map(({ elements }) => elements.length),
      [60_000],
    );
  });
});

describe("a hostile file", () => {
  const problemOf = (text: string): string => {
    const found = importFiles([{ file: "file.yaml", text }], { values: new Map(), target: TARGET });
    assert.ok("problem" in found, "imported");
    return found.problem;
  };

  it("is refused with the limits of images.yaml", () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x,x]",
      ..."bcdefg".split("").map((name, at) => `${name}: &${name} [${Array(10).fill(`*${"abcdef"[at]}`).join(",")}]`),
    ];
    assert.match(problemOf(bomb.join("\n")), /file\.yaml:\d+ cannot be read as YAML: .*alias/);
    assert.match(problemOf(`${"[".repeat(100)}${"]".repeat(100)}`), /nested more than 64 levels/);
    assert.match(problemOf(Array.from({ length: 5001 }, (_, at) => `k${at}: {}`).join("\n")), /more than 5000 keys/);
  });

  it("never shows a part of what it contains in an error of its syntax", () => {
    for (const text of ["%hunter2\n---\nsync: []\n", "sync:\n pass: 'hunter2\n", "creds: [*hunter2]\nsync: []\n"]) {
      assert.doesNotMatch(problemOf(text), /hunter2/);
    }
    const repeated = imported(
      "creds: [{ hunter2: 1, hunter2: 2 }]\nsync: [{ source: a, target: reg.io/a, type: image }]\n",
    );
    assert.match(notesOf(repeated).join("\n"), /^note 1: a key that occurs again/m);
  });

  it("cannot end a comment, hide text, or add entries to the manifest", () => {
    const found = imported(`sync:
  - { source: "nginx:1", target: "reg.io/nginx:1", type: image, "ratelimit": 1 }
  - { source: "bad\\nname: \\u202e\\e[31m", target: reg.io/x, type: image }
creds: [{ registry: "docker.io\\n\\nimages: []", user: x }]
`);
    const text = writeManifest(found);
    // oxlint-disable-next-line no-control-regex -- the pattern looks for control characters
    assert.doesNotMatch(text, /[\u0000-\u0009\u000B-\u001F\u202e]/);
    assert.equal(manifestOf(text).entries.length, 1);
    assert.equal(text.split("\n").filter((line) => line === "images:").length, 1);
  });

  it("cannot show the password of an address", () => {
    const text = JSON.stringify({
      creds: [{ registry: "https://me:hunter2@reg.io", user: "x" }],
      sync: [
        { source: "https://me:hunter2@reg.io/app", target: "reg.io/app", type: "image" },
        { source: "me:hunter2@reg.io/app", target: "reg.io/app", type: "image" },
      ],
    });
    const found = imported(text);
    assert.equal(notesOf(found).length, 3);
    assert.doesNotMatch(JSON.stringify(found) + writeManifest(found), /hunter2/);
  });
});

describe("any file", () => {
  it("is read by every format without a failure, and its manifest is valid", () => {
    const words =
      "sync source target type image repository tags allow images quay.io name dmap tasks services kind overrides newImage registries " +
      "src sources mirror additionalImages mappings";
    const word = fc.constantFrom(...words.split(" "));
    const text = fc.oneof(
      word,
      fc.constantFrom("nginx:1", "quay.io/a/b", "v1", "^v", "a@b", "{{x}}", "${A}", "", "regex:x", "keep: latest 2"),
      fc.string({ maxLength: 6 }),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        text,
        fc.constantFrom(null, true, 1),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(fc.oneof(word, fc.constantFrom("quay.io/a/b:v1", "auth")), tie("tree"), {
          maxKeys: 4,
          noNullPrototype: true,
        }),
      ),
    }));
    fc.assert(
      fc.property(fc.constantFrom(...FORMATS), tree, (format, value) => {
        const found = importFiles([{ file: "f", text: JSON.stringify(value) }], {
          format,
          values: new Map(),
          target: TARGET,
        });
        if (!("problem" in found)) manifestOf(writeManifest(found), variablesOf(found));
      }),
      { numRuns: 500 },
    );
  });
});

describe("text of a pattern", () => {
  it("is never read as a variable of the manifest", () => {
    const text = JSON.stringify({ "quay.io": { "images-by-tag-regex": { "a/b": "a\\${b}$|x$$" } } });
    const found = imported(text, { target: TARGET });
    const [entry] = manifestOf(writeManifest(found)).entries;
    assert.deepEqual(
      entry?.tags.map((mapping) => (mapping.kind === "selector" ? mapping.match : mapping)),
      [{ kind: "regex", pattern: String.raw`.*a\$\{b\}|.*x` }],
    );
  });
});

describe("the lines of an entry", () => {
  it("are ranges, with the name of each file once, and only some of them are shown", () => {
    const range = (file: string, first: number, last: number) => ({ file, first, last });
    assert.equal(formatLines([range("a", 1, 3), range("a", 7, 7), range("b", 2, 2)]), "a:1-3, 7, b:2");
    assert.equal(
      formatLines(Array.from({ length: 9 }, (_, at) => range("a", at, at))),
      "a:0, 1, 2, 3, 4, 5 and 3 more",
    );
  });
});
