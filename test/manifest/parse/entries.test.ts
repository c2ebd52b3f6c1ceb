import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Entry } from "../../../src/model/sync-manifest.ts";
import { DIGEST, entriesOf, findings, imagesFile, parse, parseFit, tagsFile, mappingsOf } from "./support/parse.ts";

/** `source -> target:tag, …` of each entry. */
function mappings(...images: readonly string[]): readonly string[] {
  return entriesOf(...images).map(formatEntry);
}

function formatEntry({ source, targets, tags }: Entry): string {
  const name = source.kind === "registry" ? `${source.repository.host}/${source.repository.path}` : source.image;
  const mappings = tags.flatMap((mapping) => (mapping.kind === "literal" ? [mapping] : []));
  const from = mappings.map(({ from }) => [from.tag, from.digest?.slice(0, 9)].filter(Boolean).join("@"));
  const to = targets.map(
    ({ repository }) => `${repository.host}/${repository.path}:${mappings.map(({ to }) => to).join()}`,
  );
  return `${name}:${from.join()} -> ${to.join(", ")}${mappings.some((mapping) => mapping.isLatestImplied) ? " (latest implied)" : ""}`;
}

function firstFinding(image: string): string | undefined {
  return findings(imagesFile(image))[0];
}

describe("entries without tags", () => {
  it("copy to the source's tag, unless the target has its own", () => {
    assert.deepEqual(mappings("{ source: nginx:1.0, target: r.io/c }"), ["docker.io/library/nginx:1.0 -> r.io/c:1.0"]);
    assert.deepEqual(mappings("{ source: nginx:1.0, target: r.io/c:v1 }"), [
      "docker.io/library/nginx:1.0 -> r.io/c:v1",
    ]);
  });

  it("default to latest and record that it was implied", () => {
    assert.deepEqual(mappings("{ source: a/b, target: r.io/c }"), [
      "docker.io/a/b:latest -> r.io/c:latest (latest implied)",
    ]);
    assert.deepEqual(mappings("{ source: a/b, target: r.io/c:v1 }"), [
      "docker.io/a/b:latest -> r.io/c:v1 (latest implied)",
    ]);
  });

  it("can be pinned, with or without a tag", () => {
    assert.deepEqual(mappings(`{ source: 'a/b:v1@${DIGEST}', target: r.io/c }`), [
      "docker.io/a/b:v1@sha256:01 -> r.io/c:v1",
    ]);
    assert.deepEqual(mappings(`{ source: 'a/b@${DIGEST}', target: r.io/c:v1 }`), [
      "docker.io/a/b:sha256:01 -> r.io/c:v1",
    ]);
  });

  it("keep an image without a tag under its digest when only the source has a digest", () => {
    for (const entry of [
      `{ source: 'a/b@${DIGEST}', target: r.io/c }`,
      `{ source: a/b, target: r.io/c, tags: ['${DIGEST}'] }`,
      `{ source: a/b, target: r.io/c, tags: [{ from: '${DIGEST}' }] }`,
    ]) {
      const [mapping] = entriesOf(entry).flatMap(({ tags }) => tags);
      assert.ok(mapping?.kind === "literal");
      assert.deepEqual([mapping.from, mapping.to], [{ digest: DIGEST }, [DIGEST]], entry);
    }
  });

  for (const [name, entries, message] of [
    [
      "with docker",
      [`{ source: 'a/b@${DIGEST}', target: r.io/c, engine: docker, platforms: [linux/amd64] }`],
      /docker cannot push/,
    ],
    [
      "of some platforms",
      [`{ source: 'a/b@${DIGEST}', target: r.io/c, platforms: [linux/amd64] }`],
      /keeps its digest/,
    ],
    ["in an OCI layout", [`{ source: 'a/b@${DIGEST}', target: 'oci:c' }`], /an OCI layout has no images without a tag/],
    [
      "beside prune",
      [
        `{ source: 'a/b@${DIGEST}', target: r.io/c }`,
        "{ source: a/d, target: r.io/c, tags: [{ glob: '*' }], prune: true }",
      ],
      /an entry with `prune` deletes tags in "r\.io\/c"/,
    ],
  ] as const)
    it(`cannot be kept without a tag ${name}`, () => {
      const found = parse(imagesFile(...entries)).diagnostics;
      assert.equal(found.length, 1);
      assert.match(found[0]?.message ?? "", message);
      assert.deepEqual([found[0]?.position.line, found[0]?.position.column], [3, 5]);
    });

  it("are split when targets have different tags", () => {
    assert.deepEqual(mappings("{ source: a/b:v1, target: [r.io/c, q.io/d:x, s.io/e] }"), [
      "docker.io/a/b:v1 -> r.io/c:v1, s.io/e:v1",
      "docker.io/a/b:v1 -> q.io/d:x",
    ]);
  });
});

describe("local images", () => {
  it("are named by tag and always use the docker engine", () => {
    const [entry] = entriesOf("{ source: docker-daemon:my-image:1.0, target: r.io/c, engine: registry }");
    assert.deepEqual(entry?.source, { kind: "docker-daemon", image: "my-image:1.0" });
    assert.equal(entry?.engine, "docker");
    assert.deepEqual(mappings("{ source: docker-daemon:my-image, target: r.io/c }"), [
      "my-image:latest: -> r.io/c:latest (latest implied)",
    ]);
    assert.deepEqual(mappings("{ source: 'docker-daemon:localhost:5000/x', target: r.io/c }"), [
      "localhost:5000/x:latest: -> r.io/c:latest (latest implied)",
    ]);
  });

  it("with an ID need no tag, and the target defaults to latest", () => {
    assert.deepEqual(mappings("{ source: docker-daemon:0123456789ab, target: r.io/c:v1 }"), [
      "0123456789ab: -> r.io/c:v1",
    ]);
    assert.deepEqual(mappings(`{ source: 'docker-daemon:${DIGEST}', target: r.io/c }`), [
      `${DIGEST}: -> r.io/c:latest (latest implied)`,
    ]);
  });

  it("are refused when docker could misread their name", () => {
    for (const image of ["-v", "--help", "", "a b", "A", "a:b:c", "sha256:12", `a@${DIGEST}`, "a;b"]) {
      const found = firstFinding(`{ source: 'docker-daemon:${image}', target: r.io/c }`);
      assert.match(found ?? "", /^images.yaml:3:15 /, image);
    }
  });

  it("cannot have tags and cannot be targets", () => {
    assert.match(
      firstFinding("{ source: docker-daemon:a, target: r.io/c, tags: [x] }") ?? "",
      /a local image cannot have tags/,
    );
    assert.match(firstFinding("{ source: a/b, target: docker-daemon:c }") ?? "", /a target cannot be a local image/);
  });
});

describe("references", () => {
  it("are all reported at their positions when they are invalid", () => {
    const text = imagesFile(
      "{ source: A/b, target: [r.io/c//d, -x/y] }",
      "{ source: 'https://r.io/a', target: 'a:b:c' }",
    );
    assert.deepEqual(
      findings(text).map((finding) => finding.slice(0, 16)),
      ["images.yaml:3:15", "images.yaml:3:29", "images.yaml:3:40", "images.yaml:4:15", "images.yaml:4:41"].map((at) =>
        at.slice(0, 16),
      ),
    );
  });

  it("cannot have a tag or digest when the entry has tags", () => {
    assert.match(firstFinding("{ source: a/b:x, target: r.io/c, tags: [v1] }") ?? "", /the tag "x" cannot be combined/);
    assert.match(firstFinding("{ source: a/b, target: r.io/c:x, tags: [v1] }") ?? "", /the tag "x" cannot be combined/);
    assert.match(
      firstFinding(`{ source: 'a/b@${DIGEST}', target: r.io/c, tags: [v1] }`) ?? "",
      /the digest "sha256:0.*" cannot/,
    );
  });

  it("of targets cannot have a digest", () => {
    assert.match(firstFinding(`{ source: a/b, target: 'r.io/c:v1@${DIGEST}' }`) ?? "", /a target cannot have a digest/);
    assert.match(
      firstFinding(`{ source: a/b, target: 'r.io/c@${DIGEST}', tags: [v1] }`) ?? "",
      /a target cannot have a digest/,
    );
  });
});

describe("tag mappings", () => {
  it("can be tags, renames and pins", () => {
    const mappings = mappingsOf(
      `v1, { from: v2 }, { from: v3, to: x }, { from: '${DIGEST}', to: [y, z] }, { from: 'v4@${DIGEST}' }`,
    );
    assert.deepEqual(
      mappings.map((mapping) => (mapping.kind === "literal" ? [mapping.from, mapping.to] : mapping)),
      [
        [{ tag: "v1" }, ["v1"]],
        [{ tag: "v2" }, ["v2"]],
        [{ tag: "v3" }, ["x"]],
        [{ digest: DIGEST }, ["y", "z"]],
        [{ tag: "v4", digest: DIGEST }, ["v4"]],
      ],
    );
  });

  it("can be selectors", () => {
    const mappings = mappingsOf(
      '{ glob: "1.*" }, { glob: [a, "!b"], exclude: "*c", latest: 2 }, { regex: "v\\\\d+", exclude: [x] }, { semver: 1.27, loose: true }',
    );
    assert.deepEqual(
      mappings.map((mapping) =>
        mapping.kind === "selector" ? [mapping.match, mapping.exclude, mapping.latest] : mapping,
      ),
      [
        [{ kind: "glob", patterns: ["1.*"] }, [], undefined],
        [{ kind: "glob", patterns: ["a", "!b"] }, ["*c"], 2],
        [{ kind: "regex", pattern: "v\\d+" }, ["x"], undefined],
        [{ kind: "semver", range: "1.27", loose: true, prerelease: false }, [], undefined],
      ],
    );
  });

  it("are reported at their positions when they are invalid", () => {
    const cases: readonly (readonly [mapping: string, column: number, message: RegExp])[] = [
      ["-x", 43, /"-x" is not a tag/],
      ["{ from: .x }", 51, /"\.x" is not a tag/],
      ["{ from: v1, to: [a, b/c] }", 63, /"b\/c" is not a tag/],
      ["{ from: 'v1@sha256:12' }", 51, /"sha256:12" is not a digest/],
      ["{ from: 'sha256:12', to: x }", 51, /"sha256:12" is not a digest/],
      ["{ regex: '(' }", 52, /not a regular expression/],
      ["{ regex: 'a)|(b' }", 52, /not a regular expression/],
      [`{ regex: '${"a".repeat(201)}' }`, 52, /more than 200 characters/],
      ["{ semver: newest }", 53, /"newest" is not a version range/],
      ["{ glob: ['a', '{b,c}'] }", 57, /"\{b,c\}" has "\{"/],
      ["{ glob: '*', exclude: a/b }", 65, /"a\/b" has "\/"/],
    ];
    for (const [mapping, column, message] of cases) {
      const found = findings(tagsFile(mapping));
      assert.equal(found.length, 1, mapping);
      assert.match(found[0] ?? "", new RegExp(`^images.yaml:3:${column} `), mapping);
      assert.match(found[0] ?? "", message, mapping);
    }
  });

  it("suggest the right syntax for a bare pin", () => {
    const [diagnostic] = parse(tagsFile(`'v1@${DIGEST}'`)).diagnostics;
    assert.equal(diagnostic?.hint, `write { from: "v1@${DIGEST}", to: TAG }`);
  });

  it("cannot be an empty list", () => {
    assert.deepEqual(findings(tagsFile("")), ["images.yaml:3:42 the list is empty"]);
  });
});

describe("settings of an entry", () => {
  it("come from the entry, then the file's defaults, then the built-in defaults", () => {
    const text = [
      "version: 1",
      "defaults: { engine: docker, platforms: [linux/amd64], referrers: with-copy, optional: true }",
      "images:",
      "  - { source: a/b, target: r.io/c, engine: registry, platforms: all }",
      "  - { source: a/b, target: r.io/d }",
      "",
    ].join("\n");
    const [first, second] = parseFit(text).entries;
    assert.deepEqual(
      [first?.engine, first?.platforms, first?.referrers, first?.optional],
      ["registry", "all", "with-copy", true],
    );
    assert.deepEqual([second?.engine, second?.platforms], ["docker", [{ os: "linux", architecture: "amd64" }]]);
    const [plain] = entriesOf("{ source: a/b, target: r.io/c }");
    assert.deepEqual(
      [plain?.engine, plain?.platforms, plain?.referrers, plain?.optional],
      ["registry", "all", true, false],
    );
  });
});
