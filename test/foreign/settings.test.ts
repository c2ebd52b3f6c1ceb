import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { writeManifest } from "../../src/foreign/write-manifest.ts";
import { compared, entriesOf, imported, notesOf, TARGET } from "./support.ts";

describe("items of type registry of regsync", () => {
  it("become patterns over repositories, if their expressions are names, all or a folder", () => {
    const found = imported(
      `sync:
  - { source: a.io, target: b.io/m, type: registry }
  - { source: '{{env "REG"}}', target: b.io/v, type: registry, tags: { allow: ["v.*"] } }
  - { source: c.io, target: b.io, type: registry, repos: { allow: ["team/.*"] } }
  - { source: d.io, target: b.io/d, type: registry, repos: { allow: [x/y, z] } }
`,
      { values: new Map([["REG", "r.io"]]) },
    );
    assert.deepEqual(entriesOf(found), [
      'a.io/** -> b.io/m: {"glob":"*"} {"isOptional":true}',
      'r.io/** -> b.io/v: {"regex":"v.*"} {"isOptional":true}',
      'c.io/team/*/** -> b.io/team: {"glob":"*"} {"isOptional":true}',
      'd.io/x/y -> b.io/d/x/y: {"glob":"*"} {"isOptional":true}',
      'd.io/z -> b.io/d/z: {"glob":"*"} {"isOptional":true}',
    ]);
    assert.deepEqual(notesOf(found), []);
  });

  it("are left out with a note, if they have no equivalent", () => {
    const found = imported(`sync:
  - { source: e.io, target: b.io, type: registry, repos: { deny: [x/y] } }
  - { source: e.io, target: b.io, type: registry, repos: { allow: ["x/.*", "x/y"] } }
  - { source: e.io, target: b.io, type: registry, repos: { allow: ["x[0-9]"] } }
  - { source: f.io/a, target: b.io, type: registry }
  - { source: f.io, target: "ocidir://out", type: registry }
`);
    assert.deepEqual(entriesOf(found), []);
    assert.deepEqual(notesOf(found), [
      "lost 2: repos, whose expressions are not patterns of images.yaml",
      "lost 3: repos, whose expressions are not patterns of images.yaml",
      "lost 4: repos, whose expressions are not patterns of images.yaml",
      "lost 5: the source of an item of type registry",
      "lost 6: the target of an item of type registry",
    ]);
  });

  it("are unknown to --check, and never the same or different", () => {
    const { unknown, differences, same } = compared("sync: [{ source: a.io, target: b.io/m, type: registry }]", {});
    assert.deepEqual(
      unknown.map(({ source, problem }) => `${source}: ${problem}`),
      ["a.io/**: patterns over repositories are not compared"],
    );
    assert.deepEqual([differences.length, same], [0, 0]);
  });
});

describe("settings of other tools", () => {
  it("keep the repositories with regsync's referrers, and the variables in their names", () => {
    const found = imported(`sync:
  - source: a.io/y
    target: c.io/y
    type: repository
    referrers: true
    referrerSource: s.io/\${ORG}/y
    referrerTarget: t.io/y
  - { source: a.io/x:1, target: c.io/x:1, type: image, digestTags: true, referrerSource: s.io/x }
`);
    assert.match(writeManifest(found), /referrers:\n {6}source: s\.io\/\$\{ORG\}\/y\n {6}target: t\.io\/y\n/);
    assert.deepEqual(notesOf(found), [
      "note 8: referrerSource without referrers: true, which regsync ignores",
      "note 2: the value of ORG in the environment",
    ]);
  });

  it("keep regsync's default schedule, but not for an item with an interval", () => {
    const found = imported(`defaults: { schedule: "0 5 * * *" }
sync:
  - { source: a.io/x:1, target: c.io/x:1, type: image }
  - { source: a.io/y:1, target: c.io/y:1, type: image, interval: 1h }
  - { source: a.io/z:1, target: c.io/z:1, type: image, schedule: often }
`);
    assert.deepEqual(entriesOf(found), [
      'a.io/x -> c.io/x: 1 {"schedule":"0 5 * * *"}',
      "a.io/y -> c.io/y: 1",
      "a.io/z -> c.io/z: 1",
    ]);
    assert.deepEqual(notesOf(found), ["note 4: interval", 'note 5: the schedule "often"']);
  });

  it("say that regsync ignores the tags of an image", () => {
    const found = imported("sync: [{ source: dhi.io/node, target: c.io/node, type: image, tags: { allow: [22] } }]");
    assert.deepEqual(entriesOf(found), ["dhi.io/node -> c.io/node: latest"]);
    assert.deepEqual(notesOf(found), [
      "note 1: tags of an item of type image, which regsync ignores: it copies latest",
    ]);
  });

  const target = { target: TARGET };
  const cases: readonly (readonly [what: string, text: string, notes: readonly string[], options?: typeof target])[] = [
    [
      "regsync",
      `x-anchors: 1
future: 1
creds: [{ registry: a.io, future: 1 }]
defaults: { future: 1 }
sync:
  - source: a.io/x
    target: c.io/x
    type: repository
    future: 1
    tags: { allow: [v1], future: 1 }
`,
      [3, 4, 2, 9, 10].map((line) => `note ${line}: the key future`),
    ],
    ["skopeo", "a.io:\n  images: { x: [v1] }\n  future: 1\n", ["note 3: the key future"], target],
    [
      "sinker",
      "target: { host: reg.io }\nfuture: 1\nsources:\n  - repository: a/b\n    host: a.io\n    tag: v1\n    future: 1\n",
      ["note 2: the key future", "note 1: that sinker never replaces a tag, except latest", "note 7: the key future"],
    ],
    [
      "dregsy",
      `inspector: { maxItems: 5 }
tasks:
  - name: t
    future: 1
    source:
      registry: a.io
      inspector: { type: catalog }
    target: { registry: b.io }
    mappings: [{ from: x, platform: all, tags: [v1], future: 1 }]
`,
      ["note 1: the key inspector", "note 7: the key inspector", "note 4: the key future", "note 9: the key future"],
    ],
    [
      "hauler",
      `apiVersion: content.hauler.cattle.io/v1
kind: Images
metadata:
  annotations: { hauler.dev/registry: b.io }
spec:
  images: [{ name: "a.io/x:1", future: y }]
`,
      ["lost 4: the annotation hauler.dev/registry, which is for all images", "note 6: the key future"],
      target,
    ],
    [
      "zarf",
      "kind: ZarfPackageConfig\ncomponents:\n  - name: a\n    import: { path: other }\n",
      ["lost 4: the images of an imported component"],
      target,
    ],
    [
      "oc-mirror",
      "kind: ImageSetConfiguration\nmirror:\n  additionalImages: [{ name: a.io/x:1 }]\n  future: 1\n",
      ["note 4: the key future"],
      target,
    ],
  ];
  for (const [what, text, notes, options] of cases) {
    it(`that imgsync does not know are listed: ${what}`, () => {
      assert.deepEqual(notesOf(imported(text, options)), notes);
    });
  }

  it("of skopeo must be one expression or range, and the message says so", () => {
    const text = 'a.io:\n  images-by-tag-regex:\n    x: ["^1"]\n  images-by-semver:\n    y: [">=1"]\n';
    assert.deepEqual(notesOf(imported(text, { target: TARGET })), [
      "lost 3: a value that is not one regular expression, which skopeo refuses",
      "lost 5: a value that is not one version range, which skopeo refuses",
    ]);
  });

  it("of Compose have variables in several forms, and those without an equivalent are left out", () => {
    const images = ["$HOST/a:1", "reg.io/b:${TAG:?set it}", "reg.io/c:${TAG?}", "reg.io/d:${TAG:+x}", "reg.io/e:$$TAG"];
    const services = images.map((image, at) => `  s${at}: { image: ${JSON.stringify(image)} }\n`).join("");
    const found = imported(`services:\n${services}`, { target: TARGET });
    assert.deepEqual(entriesOf(found), [
      `\${HOST}/a -> ${TARGET}/a: 1`,
      `reg.io/b -> ${TARGET}/b: \${TAG}`,
      `reg.io/c -> ${TARGET}/c: \${TAG}`,
    ]);
    assert.deepEqual(
      found.notes.filter(({ isLoss }) => isLoss).map(({ place }) => place.line),
      [5, 6],
    );
  });
});

describe("a list of images with wrong lines", () => {
  const images = "ghcr.io/a/b:1\nghcr.io/a/c:2\n";

  it("is recognised, and has a note for each wrong line", () => {
    const found = imported(`${images}not an image!!\n`, { target: TARGET });
    assert.equal(found.entries.length, 2);
    assert.deepEqual(notesOf(found), ["lost 3: a line that is not an image"]);
  });

  it("is not assumed if most lines are wrong, or one has a key, as in YAML with a mistake", () => {
    for (const text of ["ghcr.io/a/b:1\nsome text\nmore text\n", `images:\n${images} bad: [\n`])
      assert.throws(() => imported(text, { target: TARGET }), /is not known|cannot be read as YAML/, text);
  });
});
