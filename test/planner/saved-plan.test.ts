import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import { type Change, originsOf, type Plan } from "../../src/model/plan.ts";
import type { Position } from "../../src/model/position.ts";
import type { SyncManifest } from "../../src/model/sync-manifest.ts";
import { assemble } from "../../src/manifest/parse/assemble.ts";
import { parseFile } from "../../src/manifest/parse/parse-file.ts";
import { makePlan } from "../../src/planner/plan.ts";
import { mayPrune } from "../../src/planner/facts/owned-tags.ts";
import { withOrigins } from "../../src/planner/origins.ts";
import { checkSavedPlan } from "../../src/planner/saved-plan.ts";
import { answerAll } from "./support/world.ts";

const MANIFEST = parse(`
version: 1
immutable: [{ repositories: "registry.test/**", tags: "v*" }]
images:
  - source: nginx
    target: registry.test/nginx
    tags:
      - v1
      - { from: "1.26@${digestOf("pin")}", to: "1.26" }
      - { glob: "1.27.*", exclude: "*-perl" }
`);

const { snapshot } = answerAll(
  MANIFEST,
  {
    tags: { "docker.io/library/nginx": ["1.27.0"] },
    resolved: {
      "docker.io/library/nginx:v1": "new",
      "docker.io/library/nginx:1.26": "pin",
      "docker.io/library/nginx@pin": "pin",
      "docker.io/library/nginx:1.27.0": "new",
      "registry.test/nginx:v1": "old",
      "registry.test/nginx:1.26": "old",
      "registry.test/nginx:1.27.0": null,
    },
  },
  {},
);
const PLAN = makePlan(MANIFEST, snapshot);

describe("a saved plan", () => {
  test("is accepted unchanged, also from another folder", () => {
    assert.deepEqual(checkSavedPlan(PLAN, MANIFEST), []);
    const moved = editEach((change) => ({
      ...change,
      positions: change.positions.map((position) => ({
        ...position,
        file: "../config/images.yaml",
        name: "images.yaml",
      })),
    }));
    assert.deepEqual(checkSavedPlan(moved, MANIFEST), []);
  });

  test("keeps two included files of the same name apart", () => {
    const manifest = parseWithIncludes(["a", "b"]);
    const [first, second] = manifest.entries.map(({ tags: [mapping] }) => mapping?.position);
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual([first.line, first.column], [second.line, second.column]);
    const origins = (position: Position): readonly (string | undefined)[] =>
      withOrigins(planAt(position), manifest).changes.flatMap((change) =>
        originsOf(change).map(({ mapping }) => mapping.position.file),
      );
    assert.deepEqual(origins(second), ["b/images.yaml"]);
    // the same place in a plan that was made in the folder b
    assert.deepEqual(origins({ ...second, file: "images.yaml", name: "b/images.yaml" }), ["b/images.yaml"]);
    assert.deepEqual(origins({ ...second, file: "c/images.yaml" }), []);
  });

  test("may delete what the entry in its own file owns, and not at the same place of another file", () => {
    const manifest = parseWithIncludes(["a"]);
    const position = manifest.entries[0]?.tags[0]?.position;
    assert.ok(position !== undefined);
    const mayDelete = (at: Position): boolean =>
      planAt(at).changes.every((change) => mayPrune(manifest, { ...change, action: "delete" }));
    assert.equal(mayDelete(position), true);
    assert.equal(mayDelete({ ...position, file: "../a/images.yaml", name: "a/images.yaml" }), true);
    assert.equal(mayDelete({ ...position, file: "b/images.yaml" }), false);
  });

  test("of another manifest is outdated", () => {
    const other = { ...PLAN, manifestHash: digestOf("other") };
    const describe = (made: string | undefined, name: string): readonly string[] =>
      checkSavedPlan({ ...other, ...(made === undefined ? {} : { manifest: made }) }, { ...MANIFEST, name }).map(
        ({ code, message }) => `${code}: ${message}`,
      );
    assert.deepEqual(describe("prod.yaml", "images.yaml"), [
      'PLAN_OUTDATED: the plan was made from "prod.yaml", and this is "images.yaml"',
    ]);
    assert.deepEqual(describe("images.yaml", "images.yaml"), [
      'PLAN_OUTDATED: the plan was made from another version of "images.yaml"',
    ]);
  });

  const edits: readonly (readonly [string, number, Partial<Change>, RegExp])[] = [
    ["an action that moves an immutable tag", 0, { action: "update" }, /immutable/],
    ["a delete", 0, { action: "delete" }, /this change is not in the manifest/],
    [
      "another target repository",
      1,
      { target: { repository: { host: "registry.test", path: "evil" }, tag: "1.26" } },
      /is not in the manifest/,
    ],
    [
      "another target tag",
      1,
      { target: { repository: { host: "registry.test", path: "nginx" }, tag: "v2" } },
      /is not in the manifest/,
    ],
    [
      "another source repository",
      1,
      { source: registrySource("evil.test", "nginx", "1.26", "pin") },
      /is not in the manifest/,
    ],
    ["another source tag", 0, { source: registrySource("docker.io", "library/nginx", "v9") }, /is not in the manifest/],
    [
      "another pin",
      1,
      { source: registrySource("docker.io", "library/nginx", "1.26", "evil") },
      /is not in the manifest/,
    ],
    ["a digest other than the pin", 1, { sourceDigest: digestOf("evil"), wanted: digestOf("evil") }, /pins/],
    ["a wanted digest that is not the source's", 2, { wanted: digestOf("evil") }, /differs from that at the source/],
    ["no digests", 2, { wanted: undefined }, /missing/],
    ["a create of a tag that existed", 1, { action: "create" }, /must not have been there/],
    ["an update of a tag that did not exist", 2, { action: "update" }, /pointed at something else/],
    ["an update to the image that is there", 1, { observed: digestOf("pin") }, /pointed at something else/],
    [
      "a pin of a selected tag",
      2,
      { source: registrySource("docker.io", "library/nginx", "1.27.0", "new") },
      /is not in the manifest/,
    ],
    ["a tag that the selector excludes", 2, selectedTag("1.27.0-perl"), /is not in the manifest/],
    ["a tag that the selector does not match", 2, selectedTag("1.28.0"), /is not in the manifest/],
    [
      "an attachment under a tag that is not a digest tag",
      2,
      { attachments: [{ subject: digestOf("new"), digest: digestOf("evil"), tag: "v1" }] },
      /does not match its subject/,
    ],
    [
      "an attachment under the tag of another digest",
      2,
      {
        attachments: [
          { subject: digestOf("new"), digest: digestOf("evil"), tag: `${digestOf("old").replace(":", "-")}.sig` },
        ],
      },
      /does not match its subject/,
    ],
    ["an attach without attachments", 2, { action: "attach", observed: digestOf("new") }, /nothing to attach/],
    [
      "an attach to a tag that did not exist",
      2,
      { action: "attach", attachments: [{ subject: digestOf("new"), digest: digestOf("sbom") }] },
      /must exist at the target/,
    ],
    ["another engine", 2, { engine: "docker" }, /is not in the manifest/],
    ["other platforms", 2, { platforms: [{ os: "linux", architecture: "amd64" }] }, /is not in the manifest/],
    ["other referrers", 2, { referrers: false }, /is not in the manifest/],
    ["another position", 2, { positions: [{ file: "images.yaml", line: 1, column: 1 }] }, /is not in the manifest/],
    [
      "another file",
      2,
      { positions: PLAN.changes[2]?.positions.map((at) => ({ ...at, file: "other.yaml" })) ?? [] },
      /is not in the manifest/,
    ],
    [
      "a local image in the source's place",
      2,
      { source: { kind: "docker-daemon", image: "evil" } },
      /is not in the manifest/,
    ],
  ];
  for (const [what, at, edit, problem] of edits) {
    test(`with ${what} is refused`, () => {
      const [found, ...others] = checkSavedPlan(editAt(at, edit), MANIFEST);
      assert.equal(found?.code, "PLAN_INVALID");
      assert.match(found.message, problem);
      assert.deepEqual(others, []);
    });
  }

  test("with a selected tag that the list did not have is accepted", () => {
    assert.deepEqual(checkSavedPlan(editAt(2, selectedTag("1.27.9")), MANIFEST), []);
  });

  test("with a local image is refused under another tag, or with a digest that docker has not pushed yet", () => {
    const manifest = parse("version: 1\nimages: [{ source: docker-daemon:app, target: 'registry.test/app:v1' }]\n");
    const local = { localImages: { "app:latest": { id: "local" } }, resolved: { "registry.test/app:v1": null } };
    const plan = makePlan(manifest, answerAll(manifest, local, {}).snapshot);
    const check = (edit: Partial<Change>): readonly string[] =>
      checkSavedPlan({ ...plan, changes: plan.changes.map((change) => Object.assign({}, change, edit)) }, manifest).map(
        ({ message }) => message,
      );
    assert.deepEqual(check({}), []);
    const [change] = plan.changes;
    assert.ok(change?.action === "create");
    assert.deepEqual(check({ target: { ...change.target, tag: "v2" } }), ["this change is not in the manifest"]);
    assert.deepEqual(check({ wanted: digestOf("evil") }), [
      "the digest that docker will push cannot be known in advance",
    ]);
  });

  test("with an attach for an entry that copies signatures only with the image is refused", () => {
    const manifest = parse(
      "version: 1\nimages: [{ source: nginx, target: registry.test/nginx, referrers: with-copy, tags: [v1] }]\n",
    );
    const resolved = { "docker.io/library/nginx:v1": "new", "registry.test/nginx:v1": "new" };
    const plan = makePlan(manifest, answerAll(manifest, { resolved }, {}).snapshot);
    const attachments = [{ subject: digestOf("new"), digest: digestOf("sbom") }];
    const changes = plan.changes.map((change) => ({
      ...change,
      action: "attach" as const,
      sourceDigest: digestOf("new"),
      attachments,
    }));
    assert.deepEqual(
      checkSavedPlan({ ...plan, changes }, manifest).map(({ message }) => message),
      ["the manifest does not ask for these attachments"],
    );
  });

  test("with a duplicate target is refused", () => {
    const problems = checkSavedPlan({ ...PLAN, changes: [...PLAN.changes, ...PLAN.changes.slice(0, 1)] }, MANIFEST);
    assert.match(problems[0]?.message ?? "", /twice/);
  });
});

/** A plan with one change to the selected tag 1.27.0, from this place. */
function planAt(position: Position): Plan {
  const last = PLAN.changes.at(-1);
  assert.ok(last !== undefined);
  return { ...PLAN, changes: [{ ...last, positions: [position] }] };
}

/** A manifest that includes an images.yaml from each folder, with a pruning entry at the same place in each. */
function parseWithIncludes(folders: readonly string[]): SyncManifest {
  const file = (path: string, text: string, isRoot: boolean) =>
    parseFile(`version: 1\n${text}`, { file: path, variables: new Map(), isRoot });
  const entry = 'images: [{ source: nginx, target: registry.test/nginx, prune: true, tags: [{ glob: "1.*" }] }]\n';
  const names = folders.map((folder) => `${folder}/images.yaml`);
  const { manifest } = assemble(
    file("images.yaml", `include: [${names.join(", ")}]\n`, true),
    names.map((name) => file(name, entry, false)),
  );
  assert.ok(manifest !== undefined);
  return manifest;
}

function editAt(index: number, edit: Partial<Change>): Plan {
  return {
    ...PLAN,
    changes: PLAN.changes.map((change, at) => (at === index ? Object.assign({}, change, edit) : change)),
  };
}

function editEach(edit: (change: Change) => Change): Plan {
  return { ...PLAN, changes: PLAN.changes.map(edit) };
}

function selectedTag(tag: string): Partial<Change> {
  return {
    source: registrySource("docker.io", "library/nginx", tag),
    target: { repository: { host: "registry.test", path: "nginx" }, tag },
  };
}

function registrySource(host: string, path: string, tag: string, pin?: string): Change["source"] {
  const digest = pin === undefined ? {} : { digest: digestOf(pin) };
  return { kind: "registry", reference: { repository: { host, path }, tag, ...digest } };
}

function parse(text: string): SyncManifest {
  const { manifest } = assemble(parseFile(text, { file: "images.yaml", variables: new Map(), isRoot: true }), []);
  assert.ok(manifest);
  return manifest;
}
