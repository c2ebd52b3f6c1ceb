import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import type { Change, Plan } from "../../src/model/plan.ts";
import { formatReference } from "../../src/model/reference.ts";
import type { SyncManifest } from "../../src/model/sync-manifest.ts";
import type { PlanOptions } from "../../src/planner/facts/plan-options.ts";
import { applyLock } from "../../src/manifest/apply-lock.ts";
import { assemble } from "../../src/manifest/parse/assemble.ts";
import { parseFile } from "../../src/manifest/parse/parse-file.ts";
import { makePlan } from "../../src/planner/plan.ts";
import { checkSavedPlan } from "../../src/planner/saved-plan.ts";
import { answerAll, type World } from "./support/world.ts";

const ENTRY =
  "  - { source: s.test/app, target: t.test/app, referrers: false, prune: true, tags: [{ semver: '*', latest: 1 }] }\n";

/** `1.2.0` is declared; `1.0.0` and `1.1.0` are orphaned; `mine` was never declared. */
const WORLD: World = {
  tags: { "s.test/app": ["1.0.0", "1.1.0", "1.2.0"], "t.test/app": ["1.0.0", "1.1.0", "1.2.0", "mine"] },
  resolved: {
    "s.test/app:1.2.0": "two",
    "t.test/app:1.0.0": "zero",
    "t.test/app:1.1.0": "one",
    "t.test/app:1.2.0": "two",
    "t.test/app:mine": "one",
  },
};

type Planned = { readonly plan: Plan; readonly asked: readonly string[]; readonly manifest: SyncManifest };

function planOf(text: string, world: World = WORLD, options: PlanOptions = {}): Planned {
  return planFor(parse(text), world, options);
}

function planFor(manifest: SyncManifest, world: World = WORLD, options: PlanOptions = {}): Planned {
  const { snapshot, asked } = answerAll(manifest, world, options);
  return { plan: makePlan(manifest, snapshot, options), asked, manifest };
}

function parse(text: string): SyncManifest {
  const parsed = parseFile(`version: 1\n${text}`, { file: "images.yaml", variables: new Map(), isRoot: true });
  const { manifest, diagnostics } = assemble(parsed, []);
  assert.deepEqual(diagnostics, []);
  assert.ok(manifest);
  return manifest;
}

/** Returns changes as `delete 1.0.0`, without those that need no action. */
function actions({ plan }: Planned): readonly string[] {
  return plan.changes.filter(({ action }) => action !== "none").map(({ action, target }) => `${action} ${target.tag}`);
}

function withTags(name: string, tags: readonly string[]): World {
  return { ...WORLD, tags: { ...WORLD.tags, [name]: tags } };
}

describe("prune", () => {
  it("deletes orphaned tags at their observed digest, and keeps unrelated tags", () => {
    const planned = planOf(`images:\n${ENTRY}`);
    assert.deepEqual(actions(planned), ["delete 1.0.0", "delete 1.1.0"]);
    assert.equal(planned.plan.changes.find(({ target }) => target.tag === "1.0.0")?.observed, digestOf("zero"));
    assert.deepEqual(checkSavedPlan(planned.plan, planned.manifest), []);
  });

  it("notes which remaining tag shares the digest, and how many tags were checked", () => {
    const { plan } = planOf(`images:\n${ENTRY}`);
    const notes = plan.changes.flatMap((change) => (change.action === "delete" ? change.notes : []));
    assert.deepEqual(notes, [
      "3 tags of t.test/app checked to delete 2",
      "shares its digest with mine, which stays: a registry that cannot delete a single tag will refuse",
    ]);
  });

  it("notes how many tags were checked also if the first orphaned tag is gone or cannot be read", () => {
    const failed = { error: { code: "REGISTRY_ERROR", message: "it is down" } } as const;
    for (const first of [null, failed]) {
      const { plan } = planOf(`images:\n${ENTRY}`, {
        ...WORLD,
        resolved: { ...WORLD.resolved, "t.test/app:1.0.0": first },
      });
      const deletes = plan.changes.filter(({ action }) => action === "delete");
      assert.deepEqual(
        deletes.map(({ target, notes }) => [target.tag, notes.at(-1)]),
        [["1.1.0", "3 tags of t.test/app checked to delete 1"]],
      );
    }
  });

  it("deletes nothing and asks for no list when it is off", () => {
    const planned = planOf(`images:\n${ENTRY.replace("prune: true", "prune: false")}`);
    assert.deepEqual(actions(planned), []);
    assert.equal(
      planned.asked.some((question) => question.includes("tags t.test")),
      false,
    );
  });

  it("keeps tags that another entry declares, or may have created without pruning", () => {
    const other = (rest: string): string =>
      `images:\n${ENTRY}  - { source: s.test/other, target: t.test/app, referrers: false, ${rest} }\n`;
    const pinned = { ...WORLD, resolved: { ...WORLD.resolved, "s.test/other:1.0.0": "zero" } };
    assert.deepEqual(actions(planOf(other("tags: [1.0.0]"), pinned)), ["delete 1.1.0"]);
    const listed = withTags("s.test/other", ["1.0.0"]);
    const both = { ...pinned, tags: listed.tags ?? {} };
    assert.deepEqual(actions(planOf(other("tags: [{ glob: '1.0.*' }]"), both)), ["delete 1.1.0"]);
    const glob = other("tags: [{ glob: '1.1.*' }], optional: true");
    assert.deepEqual(actions(planOf(glob, withTags("s.test/other", []))), ["delete 1.0.0"]);
    const pruning = other("tags: [{ glob: '1.1.*' }], optional: true, prune: true");
    assert.deepEqual(actions(planOf(pruning, withTags("s.test/other", []))), ["delete 1.0.0"], "it selected nothing");
  });

  it("keeps tags that match exclude, because their origin is unknown", () => {
    assert.deepEqual(actions(planOf(`images:\n${ENTRY.replace("latest: 1", "latest: 1, exclude: '1.0.*'")}`)), [
      "delete 1.1.0",
    ]);
  });

  it("never deletes a digest tag", () => {
    const signature = `${digestOf("zero").replace(":", "-")}.sig`;
    const planned = planOf(
      `images:\n${ENTRY.replace("semver: '*', latest: 1", "glob: '*', latest: 1")}`,
      withTags("t.test/app", ["1.0.0", "1.1.0", "1.2.0", signature]),
    );
    assert.deepEqual(actions(planned), ["delete 1.0.0", "delete 1.1.0"]);
  });

  it("deletes nothing for an entry whose source fails, is missing or has an image that cannot be read", () => {
    const gone = { error: { code: "REGISTRY_ERROR", message: "it is down" } } as const;
    const failed: World = { ...WORLD, tags: { ...WORLD.tags, "s.test/app": gone } };
    assert.deepEqual(actions(planOf(`images:\n${ENTRY}`, failed)), []);
    for (const empty of [[], null]) {
      const world: World = { ...WORLD, tags: { ...WORLD.tags, "s.test/app": empty } };
      assert.deepEqual(actions(planOf(`images:\n${ENTRY.replace("prune", "optional: true, prune")}`, world)), []);
    }
    const unread: World = { ...WORLD, resolved: { ...WORLD.resolved, "s.test/app:1.2.0": gone } };
    assert.deepEqual(actions(planOf(`images:\n${ENTRY}`, unread)), ["error 1.2.0"]);
  });

  it("deletes nothing for an entry of which one name is not a valid tag", () => {
    const tooLong = ENTRY.replace("latest: 1", `latest: 1, to: ['{tag}', '{tag}-${"x".repeat(124)}']`);
    const planned = planOf(`images:\n${tooLong}`);
    assert.deepEqual(actions(planned), []);
    assert.match(planned.plan.failures?.[0]?.error.message ?? "", /of it, which is not a tag$/);
  });

  it("deletes nothing when only part of the manifest is planned", () => {
    assert.deepEqual(actions(planOf(`images:\n${ENTRY}`, WORLD, { only: ["t.test/app:*"] })), []);
    assert.deepEqual(actions(planFor({ ...parse(`images:\n${ENTRY}`), isPart: true })), []);
  });

  it("shows the delete of a tag in a read-only plan of that tag", () => {
    const look = { only: ["t.test/app:1.0.0"], isLookOnly: true };
    assert.deepEqual(actions(planOf(`images:\n${ENTRY}`, WORLD, look)), ["delete 1.0.0"]);
  });

  it("deletes nothing in a repository that an entry reads from", () => {
    const chain = `${ENTRY}  - { source: t.test/app, target: u.test/app, referrers: false, tags: [mine] }\n`;
    const world: World = { ...WORLD, resolved: { ...WORLD.resolved, "u.test/app:mine": "one" } };
    assert.deepEqual(actions(planOf(`images:\n${chain}`, world)), []);
  });

  it("deletes nothing when maxDeletes is exceeded, and suggests a higher limit", () => {
    const { plan } = planOf(`maxDeletes: 1\nimages:\n${ENTRY}`);
    assert.equal(
      plan.changes.some(({ action }) => action === "delete"),
      false,
    );
    const [failure] = plan.failures ?? [];
    assert.match(failure?.error.message ?? "", /^2 tags would be deleted .* at most 1 may be: nothing is deleted$/);
    assert.match(failure?.error.hint ?? "", /maxDeletes: 2/);
  });

  it("allows 10 deletes by default", () => {
    const old = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `0.${at}.0`);
    const world = (count: number): World => ({
      tags: { "s.test/app": ["1.2.0"], "t.test/app": ["1.2.0", ...old(count)] },
      resolved: {
        ...WORLD.resolved,
        ...Object.fromEntries(old(count).map((tag) => [`t.test/app:${tag}`, "zero"])),
        ...Object.fromEntries(old(count).map((tag) => [`s.test/app:${tag}`, null])),
      },
    });
    assert.equal(actions(planOf(`images:\n${ENTRY}`, world(10))).length, 10);
    assert.deepEqual(actions(planOf(`images:\n${ENTRY}`, world(11))), []);
  });

  it("resolves orphaned tags that the source's list does not have, and no others", () => {
    const world: World = {
      tags: { ...WORLD.tags, "s.test/app": ["1.1.0", "1.2.0"] },
      resolved: { ...WORLD.resolved, "s.test/app:1.0.0": null },
    };
    const planned = planOf(`images:\n${ENTRY}`, world);
    assert.deepEqual(actions(planned), ["delete 1.0.0", "delete 1.1.0"]);
    const byName = planned.asked.filter((question) => / source s\.test\/app:/.test(question));
    assert.deepEqual(byName, ["2 resolve source s.test/app:1.2.0", "5 resolve source s.test/app:1.0.0"]);
  });

  it("resolves orphaned tags also when the source's list has digests, because the list may be incomplete", () => {
    const digests = { "1.1.0": "one", "1.2.0": "two" };
    const world: World = {
      tags: { ...WORLD.tags, "s.test/app": { digests } },
      resolved: { ...WORLD.resolved, "s.test/app:1.0.0": null },
    };
    const planned = planOf(`images:\n${ENTRY}`, world);
    assert.ok(planned.asked.some((question) => question.endsWith("resolve source s.test/app:1.0.0")));
    assert.deepEqual(actions(planned), ["delete 1.0.0", "delete 1.1.0"]);
  });

  it("is an error when the source has a tag that its list does not have, or cannot be asked", () => {
    for (const [answer, pattern] of [
      ["zero", /the list of tags of "s\.test\/app" does not have it: the list is incomplete/],
      [{ error: { code: "DENIED", message: "no" } }, /not deleted, because its source is unknown/],
    ] as const) {
      const world: World = {
        tags: { ...WORLD.tags, "s.test/app": ["1.1.0", "1.2.0"] },
        resolved: { ...WORLD.resolved, "s.test/app:1.0.0": answer },
      };
      const planned = planOf(`images:\n${ENTRY}`, world);
      assert.deepEqual(actions(planned), ["error 1.0.0", "delete 1.1.0"]);
      const { error } = planned.plan.changes.find(({ action }) => action === "error") ?? {};
      assert.match(error?.message ?? "", pattern);
      assert.equal(error?.side, "source");
    }
  });

  it("is blocked for a tag that a rule makes immutable", () => {
    const rule = "immutable: [{ repositories: 't.test/**', tags: 1.0.* }]\n";
    const planned = planOf(`${rule}images:\n${ENTRY}`);
    assert.deepEqual(actions(planned), ["blocked 1.0.0", "delete 1.1.0"]);
    assert.deepEqual(checkSavedPlan(planned.plan, planned.manifest), []);
  });

  it("does not resolve orphaned tags when the target's list has digests", () => {
    const world: World = {
      tags: {
        "s.test/app": ["1.2.0"],
        "t.test/app": { digests: { "1.0.0": "zero", "1.1.0": "one", "1.2.0": "two", mine: "one" } },
      },
      resolved: {
        "s.test/app:1.2.0": "two",
        "t.test/app:1.2.0": "two",
        "s.test/app:1.0.0": null,
        "s.test/app:1.1.0": null,
      },
    };
    const planned = planOf(`images:\n${ENTRY}`, world);
    assert.deepEqual(actions(planned), ["delete 1.0.0", "delete 1.1.0"]);
    assert.equal(
      planned.asked.some((question) => /t\.test\/app:(?:1\.[01]|mine)/.test(question)),
      false,
    );
  });

  it("recognises the entry's own tags when a lock file replaces its selectors", () => {
    const manifest = parse(`images:\n${ENTRY}`);
    const tags = new Map([["1.2.0", digestOf("two")]]);
    const { manifest: locked } = applyLock(manifest, {
      locked: [{ source: "s.test/app", mapping: 'semver "*", latest 1', tags }],
    });
    const planned = planFor(locked);
    assert.deepEqual(actions(planned), ["delete 1.0.0", "delete 1.1.0"]);
    assert.deepEqual(checkSavedPlan(planned.plan, locked), []);
  });
});

describe("a saved plan with deletes", () => {
  const refusals = (edit: (plan: Plan) => Plan, text = `images:\n${ENTRY}`): readonly string[] => {
    const { plan, manifest } = planOf(text);
    return checkSavedPlan(edit(plan), manifest).map(({ message }) => message);
  };
  const retagged =
    (tag: string) =>
    (plan: Plan): Plan => ({
      ...plan,
      changes: plan.changes.map((change) =>
        change.target.tag === "1.0.0" ? { ...change, target: { ...change.target, tag } } : change,
      ),
    });

  it("is refused when it deletes a tag that no pruning entry owns", () => {
    assert.deepEqual(refusals(retagged("mine")), ["this change is not in the manifest"]);
    assert.deepEqual(refusals(retagged(`${digestOf("zero").replace(":", "-")}.sig`)), [
      "this change is not in the manifest",
    ]);
  });

  for (const [what, other, tags] of [
    ["a tag that another entry declares", "{ source: s.test/app, target: t.test/app, tags: [1.0.0] }", ["1.0.0"]],
    [
      "a tag that another entry may have created without pruning",
      "{ source: s.test/b, target: t.test/app, tags: [{ glob: 1.0.* }] }",
      ["1.0.0"],
    ],
    [
      "tags of a repository that another entry reads",
      "{ source: t.test/app, target: u.test/app, tags: [a] }",
      ["1.0.0", "1.1.0"],
    ],
  ] as const) {
    it(`is refused when it deletes ${what}`, () => {
      const { plan } = planOf(`images:\n${ENTRY}`);
      const manifest = parse(`images:\n${ENTRY}  - ${other}\n`);
      assert.deepEqual(
        checkSavedPlan({ ...plan, manifestHash: manifest.hash }, manifest).map(
          ({ reference, message }) => `${reference}: ${message}`,
        ),
        tags.map((tag) => `t.test/app:${tag}: this change is not in the manifest`),
      );
    });
  }

  it("is refused when it deletes more than the manifest allows, or an immutable tag", () => {
    const { plan } = planOf(`images:\n${ENTRY}`);
    const fewer = parse(`maxDeletes: 1\nimages:\n${ENTRY}`);
    const own: Plan = { ...plan, manifestHash: fewer.hash };
    assert.match(checkSavedPlan(own, fewer)[0]?.message ?? "", /deletes 2 tags, and the manifest allows 1/);
    const ruled = parse(`immutable: [{ repositories: 't.test/**', tags: 1.0.* }]\nimages:\n${ENTRY}`);
    const lower = ({ positions, ...change }: Change): Change => ({
      ...change,
      positions: positions.map(({ file, line, column }) => ({ file, line: line + 1, column })),
    });
    const moved = plan.changes.map(lower);
    const problems = checkSavedPlan({ changes: moved, manifestHash: ruled.hash }, ruled);
    assert.deepEqual(
      problems.map(({ reference, message }) => `${reference}: ${message}`),
      [
        `${formatReference({ repository: { host: "t.test", path: "app" }, tag: "1.0.0" })}: the plan moves a tag that a rule makes immutable (images.yaml:2:13)`,
      ],
    );
  });
});
