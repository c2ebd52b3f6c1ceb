import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compared, imported, notesOf, TARGET } from "./support.ts";

/** Tags as repositories have them. */
const tag = fc.oneof(
  fc.constantFrom(
    "latest",
    "edge",
    "v1",
    "1.2",
    "stable-alpine",
    "1.2.3-alpine",
    "v2.0.0-rc.1",
    "nightly-20240101",
    "3.1_x",
  ),
  fc
    .tuple(
      fc.constantFrom("", "v"),
      fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 3 }),
      fc.constantFrom("", "", "", "-alpine", "-rc1", "-rc.2", "-amd64"),
    )
    .map(([prefix, numbers, suffix]) => `${prefix}${numbers.join(".")}${suffix}`),
);
const tags = fc.uniqueArray(tag, { maxLength: 40 });

const piece = fc.constantFrom(
  "v",
  "1",
  "\\.",
  ".",
  "[0-9]+",
  "\\d{1,2}",
  "(1|2)",
  "(?:rc|alpine)",
  "-",
  ".*",
  "[^-]",
  "a?",
  "v?",
  "(?i)RC",
  "[[:digit:]]",
);
const body = fc.array(piece, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(""));
const expression = fc.oneof(
  body,
  fc.tuple(fc.constantFrom("", "^"), body, fc.constantFrom("", "$")).map((parts) => parts.join("")),
  fc.tuple(body, body).map(([one, other]) => `${one}|${other}`),
  fc.tuple(body, body).map(([one, other]) => `^(${one}|${other})$`),
);

const version = fc
  .tuple(fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 3 }), fc.constantFrom("", "", "-rc.1", "-0"))
  .map(([numbers, suffix]) => numbers.join(".") + (numbers.length === 3 ? suffix : ""));
const comparison = (operators: readonly string[]) =>
  fc.tuple(fc.constantFrom(...operators), version).map((parts) => parts.join(""));
const range = (operators: readonly string[]) =>
  fc.array(comparison(operators), { minLength: 1, maxLength: 2 }).map((parts) => parts.join(" "));

const MASTERMINDS = ["", "=", ">", "<", ">=", "<=", "~", "^"];
const REGSYNC = ["=", ">", "<", ">=", "<=", "~", "^"];
const BLANG = [">", "<", ">=", "<=", "!="];

/** Keeps what the tools and semver read differently: docs/migrating.md lists it. */
const usual = (all: readonly string[]): readonly string[] => all.filter((one) => !/_|rc\d/.test(one));

describe("the tags that a tool selects are those that the imported manifest selects", () => {
  const check = (text: string, list: readonly string[], target?: string): void => {
    const options = target === undefined ? {} : { target };
    // what is too long for images.yaml is left out, with a note
    fc.pre(!notesOf(imported(text, options)).some((note) => /more than 200 characters|too long/.test(note)));
    const { differences, unknown } = compared(text, { "quay.io/a/b": list }, options);
    assert.deepEqual([differences, unknown], [[], []], `${text}\n${list.join(" ")}`);
  };
  const json = (value: unknown): string => JSON.stringify(value, undefined, 1);

  it("with the expressions of skopeo, which match a part of the tag", () => {
    fc.assert(
      fc.property(expression, tags, (regex, list) => {
        check(json({ "quay.io": { "images-by-tag-regex": { "a/b": regex } } }), list, TARGET);
      }),
      { numRuns: 200 },
    );
  });

  it("with the ranges of skopeo", () => {
    fc.assert(
      fc.property(range(MASTERMINDS), tags, (semver, list) => {
        check(json({ "quay.io": { "images-by-semver": { "a/b": semver } } }), usual(list), TARGET);
      }),
      { numRuns: 200 },
    );
  });

  it("with allow, deny and ranges of regsync", () => {
    const set = fc.record(
      {
        allow: fc.array(fc.oneof(expression, fc.constantFrom("latest", "v1\\.2", "")), { minLength: 1, maxLength: 3 }),
        deny: fc.array(expression, { maxLength: 2 }),
        semverRange: fc.array(range(REGSYNC), { maxLength: 2 }),
      },
      { requiredKeys: ["allow"] },
    );
    fc.assert(
      fc.property(set, fc.array(set, { maxLength: 1 }), tags, (own, sets, list) => {
        // a plain list of dots and letters is meant as names: tested below
        fc.pre(
          [own, ...sets].every(({ allow }) =>
            allow.every((text) => !/^(?:[\w-]|\\?\.)*$/.test(text) || !/(?<!\\)\./.test(text)),
          ),
        );
        const item = { source: "quay.io/a/b", target: "reg.io/b", type: "repository", tags: own, tagSets: sets };
        check(json({ sync: [item] }), usual(list));
      }),
      { numRuns: 200 },
    );
  });

  it("with the tags of dregsy", () => {
    const element = fc.oneof(
      range(BLANG).map(
        (text) =>
          `semver: ${text.replaceAll(/(?<![\d.])(\d+)(?:\.(\d+))?(?![\d.])/g, (_, major: string, minor = "0") => `${major}.${minor}.0`)}`,
      ),
      body.map((text) => `regex: ${text}`),
      body.map((text) => `regex: !${text}`),
    );
    const keep = fc.tuple(fc.constantFrom("keep: ", "keep: !"), body).map((parts) => parts.join(""));
    fc.assert(
      fc.property(
        fc.array(element, { minLength: 1, maxLength: 2 }),
        fc.array(keep, { maxLength: 2 }),
        tags,
        (some, keeps, list) => {
          const task = {
            name: "t",
            source: { registry: "quay.io" },
            target: { registry: "reg.io" },
            mappings: [{ from: "a/b", platform: "all", tags: [...some, ...keeps] }],
          };
          check(json({ tasks: [task] }), usual(list));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("with all tags, which are what no tag means", () => {
    const list = ["1", "latest", `sha256-${"a".repeat(64)}.sig`];
    for (const text of [
      "quay.io: { images: { a/b: [] } }",
      "quay.io/a/b: reg.io/b",
      json({ sync: [{ source: "quay.io/a/b", target: "reg.io/b", type: "repository" }] }),
    ]) {
      const { differences, same, digestTags } = compared(text, { "quay.io/a/b": list }, { target: TARGET });
      assert.deepEqual([differences, same, digestTags], [[], 2, 1], text);
    }
  });
});

describe("expressions that are too long together", () => {
  const versions = Array.from({ length: 20 }, (_, at) => `v1\\.${at}\\.[0-9]+-(?:alpine|debian)`);
  const list = ["v1.4.0-alpine", "v1.5.0-alpine", "v1.19.3-debian", "v1.20.0-alpine", "v1.6.0-ubuntu"];
  const item = (tags: unknown): string =>
    JSON.stringify({ sync: [{ source: "quay.io/a/b", target: "reg.io/b", type: "repository", tags }] });

  it("become selectors of their own if a range of versions applies to all of them", () => {
    const text = item({ allow: versions, semverRange: [">=1.5-0"] });
    assert.equal(imported(text).entries[0]?.elements.length, versions.length);
    const { differences, unknown, same } = compared(text, { "quay.io/a/b": list });
    assert.deepEqual([differences, unknown, same], [[], [], 2]);
  });

  it("are excluded one by one", () => {
    const text = item({ allow: ["v.*"], deny: [`(${versions.slice(4, 12).join("|")})`] });
    const { differences, unknown, same } = compared(text, { "quay.io/a/b": list });
    assert.deepEqual([differences, unknown, same], [[], [], 3]);
  });
});

describe("the comparison", () => {
  it("shows each tag that differs, with its lines", () => {
    // a dot is any character to regsync, and a name here
    const text =
      'sync:\n  - { source: quay.io/a/b, target: reg.io/b, type: repository, tags: { allow: ["1.20", latest] } }\n';
    const { differences, same } = compared(text, { "quay.io/a/b": ["1.20", "1-20", "other"] });
    assert.deepEqual(differences, [
      { source: "quay.io/a/b:1-20", target: "reg.io/b:1-20", only: "foreign", places: [{ file: "file", line: 2 }] },
    ]);
    assert.equal(same, 1);
  });

  it("counts a named tag that the source lacks like the tool does", () => {
    const item = { source: "quay.io/a/b", target: "reg.io/b", type: "repository", tags: { allow: ["gone", "v1"] } };
    const { differences, same } = compared(JSON.stringify({ sync: [item] }), { "quay.io/a/b": ["v1"] });
    assert.deepEqual([differences, same], [[], 1]);
  });

  it("does not call unknown tags a success", () => {
    const { unknown, differences, same } = compared("quay.io/a/b: reg.io/b\nquay.io/a/c:v1: reg.io/c\n", {});
    assert.deepEqual(
      unknown.map(({ source, problem }) => `${source}: ${problem}`),
      ["quay.io/a/b: unknown", "quay.io/a/b: unknown"],
    );
    assert.deepEqual([differences, same], [[], 1]);
  });

  it("uses the values of variables", () => {
    const text = `sync: [{ source: '{{ env "SRC" }}/b:1', target: 'reg.io/b:{{env "TAG"}}', type: image }]`;
    const values = new Map([
      ["SRC", "quay.io/a"],
      ["TAG", "v2"],
    ]);
    const { differences, same } = compared(text, {}, { values });
    assert.deepEqual([differences, same], [[], 1]);
  });
});
