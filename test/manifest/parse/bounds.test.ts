import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findings, parse, parseFit } from "./support/parse.ts";

const nested = (depth: number) => `version: 1\nx-a: ${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}\n`;
const keys = (count: number) => Array.from({ length: count }, (_, at) => `k${at}: 1`);

describe("limits", () => {
  it("allow 64 levels of nesting and refuse 65", () => {
    assert.notEqual(parse(nested(64)).manifest, undefined);
    assert.match(
      findings(nested(65))[0] ?? "",
      /^images.yaml:2:69 lists and maps are nested more than 64 levels deep$/,
    );
  });

  it("count every kind of list and map as a level", () => {
    const deep = ["- ", "? ", "[", "{a: ", "[{a: "].map((open) => open.repeat(1_000));
    deep.push(Array.from({ length: 100 }, (_, at) => `${" ".repeat(at)}a:`).join("\n"));
    for (const text of deep) assert.match(findings(text)[0] ?? "", /more than 64 levels deep/, text.slice(0, 20));
  });

  it("allow 5,000 keys in a map and refuse 5,001", () => {
    const block = (count: number) =>
      `version: 1\nx-a:\n${keys(count)
        .map((key) => `  ${key}\n`)
        .join("")}`;
    const flow = (count: number) => `version: 1\nx-a: {${keys(count).join(", ")}}\n`;
    for (const write of [block, flow]) {
      assert.notEqual(parse(write(5_000)).manifest, undefined);
      assert.match(findings(write(5_001))[0] ?? "", /the map has more than 5000 keys/);
    }
  });

  it("count merged keys too", () => {
    const half = (name: string) =>
      `x-${name}: &${name} {${keys(3_000)
        .map((key) => `${name}${key}`)
        .join(", ")}}\n`;
    const found = findings(`version: 1\n${half("a")}${half("b")}x-c: {<<: [*a, *b]}\n`);
    assert.match(found[0] ?? "", /more than 5000 keys, with those merged into it/);
  });

  it("refuse a file larger than 32 MiB", () => {
    assert.deepEqual(findings(`version: 1 #${"x".repeat(32 * 1024 * 1024)}`), [
      "images.yaml:1:1 the file is larger than 32 MiB",
    ]);
  });

  it("refuse more than 5,000,000 words and signs, because each of them takes memory", () => {
    assert.match(findings(`version: 1\nx-a: [${"a,".repeat(2_000_000)}]\n`)[0] ?? "", /more than 5000000 tokens/);
  });

  it("stop at the first of very many syntax errors", () => {
    for (const [slip, message] of [
      ["}", /^images.yaml:1:1 unexpected flow-map-end/],
      ["[,", /^images.yaml:1:2 a value is missing before the comma$/],
      ["[a,,", /^images.yaml:1:4 a value is missing before the comma$/],
      ["&a ", /^images.yaml:1:7 a value can have one anchor only$/],
      ["[: : : ", /^images.yaml:1:6 a key or a value is missing between colons$/],
    ] as const) {
      const found = findings(slip.repeat(1_000));
      assert.equal(found.length, 1, slip);
      assert.match(found[0] ?? "", message);
    }
  });

  it("show the first 100 findings and count the rest", () => {
    const { diagnostics } = parse(`version: 1\n${keys(300).join("\n")}\n`);
    assert.equal(diagnostics.length, 101);
    assert.equal(diagnostics.at(-1)?.message, "200 more findings in this file are not shown");
  });
});

describe("aliases", () => {
  it("have the value and the position of their anchor", () => {
    const text = "version: 1\nx-tags: &tags [1.10, v2]\nimages:\n  - { source: a/b, target: r.io/c, tags: *tags }\n";
    const [first] = parseFit(text).entries[0]?.tags ?? [];
    assert.deepEqual(first?.kind === "literal" ? first.to : [], ["1.10"]);
    assert.deepEqual(first?.position, { file: "images.yaml", line: 2, column: 16 });
  });

  it("can use one small anchor 500 times", () => {
    const uses = Array.from({ length: 500 }, (_, at) => `  - { source: a/b, target: r.io/c${at}, tags: *tags }\n`);
    const { entries } = parseFit(`version: 1\nx-tags: &tags [v1, v2]\nimages:\n${uses.join("")}`);
    assert.equal(entries.length, 500);
  });

  it("are refused when they multiply", () => {
    const level = (at: number) => `x-${at}: &a${at} [${Array.from({ length: 9 }, () => `*a${at - 1}`).join(", ")}]\n`;
    const laughs = `version: 1\nx-0: &a0 [lol]\n${Array.from({ length: 9 }, (_, at) => level(at + 1)).join("")}`;
    const found = findings(laughs);
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", /^images.yaml:6:\d+ this alias expands to more than 100 other aliases$/);
  });

  it("are refused when they stand for more than 100,000 values in total", () => {
    const values = Array.from({ length: 2_000 }, () => "x").join(",");
    const uses = Array.from({ length: 60 }, () => "*a").join(", ");
    assert.match(findings(`version: 1\nx-a: &a [${values}]\nx-b: [${uses}]\n`)[0] ?? "", /more than 100000 values/);
  });

  it("are refused when they multiply through merge keys", () => {
    const values = Array.from({ length: 1_000 }, () => "x").join(",");
    const level = (at: number) => `x-${at}: &a${at} { <<: *a${at - 1}, k${at}: *a${at - 1} }\n`;
    const text = `version: 1\nx-0: &a0 { k: [${values}] }\n${Array.from({ length: 20 }, (_, at) => level(at + 1)).join("")}`;
    assert.match(findings(text)[0] ?? "", /more than 100000 values/);
  });

  it("cannot nest deeper than 64 levels", () => {
    const text = `version: 1\nx-a: &a ${"[".repeat(40)}${"]".repeat(40)}\nx-b: ${"[".repeat(40)}*a${"]".repeat(40)}\n`;
    assert.match(findings(text)[0] ?? "", /more than 64 levels deep, through this alias/);
  });

  it("need an anchor before them, and cannot be inside that anchor", () => {
    assert.deepEqual(findings("version: 1\nimages: *x\n"), ['images.yaml:2:9 no anchor "&x" is before the alias "*x"']);
    assert.deepEqual(findings("version: 1\nx-a: &a [*a]\n"), [
      'images.yaml:2:10 the alias "*a" is inside its own anchor',
    ]);
  });
});

describe("merge keys", () => {
  it("fill in the keys that the map does not have, from the first source that has them", () => {
    const text = [
      "version: 1",
      "x-a: &a { source: a/a, target: r.io/a }",
      "x-b: &b { source: b/b, target: r.io/b, optional: true }",
      "images:",
      "  - { <<: [*a, *b], source: c/c }",
      "",
    ].join("\n");
    const [entry] = parseFit(text).entries;
    assert.deepEqual(entry?.source, { kind: "registry", repository: { host: "docker.io", path: "c/c" } });
    assert.deepEqual(entry?.targets[0]?.repository, { host: "r.io", path: "a" });
    assert.equal(entry?.optional, true);
  });

  it("need a map", () => {
    assert.match(findings("version: 1\nx-a: &a [1]\nx-b: { <<: *a }\n")[0] ?? "", /the merge key "<<" needs a map/);
    assert.match(findings("version: 1\nx-b: { <<: 1 }\n")[0] ?? "", /the merge key "<<" needs a map/);
  });
});
