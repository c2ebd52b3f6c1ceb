import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import { decodePlan, encodePlan } from "../../src/documents/plan-document.ts";
import type { Change, Plan } from "../../src/model/plan.ts";
import type { SyncManifest } from "../../src/model/sync-manifest.ts";
import type { PlanOptions } from "../../src/planner/facts/plan-options.ts";
import { makePlan } from "../../src/planner/plan.ts";
import { checkSavedPlan } from "../../src/planner/saved-plan.ts";
import { entriesOf, findings, imagesFile, parseFit } from "../manifest/parse/support/parse.ts";
import { withoutOrigins } from "./support/saved.ts";
import { answerAll, type World } from "./support/world.ts";

const [ONE, TWO] = ["one", "two"].map((word) => digestOf(word));
const KEPT = `stable-before-${digestOf("one").slice("sha256:".length, "sha256:".length + 8)}`;

/** `stable` is `two` at the source and still `one` at the target. */
const WORLD: World = {
  resolved: { "s.test/app:stable": "two", "t.test/app:stable": "one", [`t.test/app:${KEPT}`]: null },
  manifests: { "s.test/app@two": { type: "ociManifest", json: { config: { digest: "c", size: 1 }, layers: [] } } },
};

const ENTRY =
  "  - { source: s.test/app, target: t.test/app, referrers: false, backup: '{tag}-before-{digest:8}', tags: [stable] }\n";
const RULE = "immutable: [{ repositories: '**', tags: '*-before-*' }]\n";

type Planned = { readonly plan: Plan; readonly asked: readonly string[]; readonly manifest: SyncManifest };

function planOf(text: string, world: World = WORLD, options: PlanOptions = {}): Planned {
  const manifest = parseFit(`version: 1\n${text}`);
  const { snapshot, asked } = answerAll(manifest, world, options);
  return { plan: makePlan(manifest, snapshot, options), asked, manifest };
}

function at(tag: string, word: string | null): World {
  return { ...WORLD, resolved: { ...WORLD.resolved, [`t.test/app:${tag}`]: word } };
}

function only({ plan }: Planned): Change {
  const [change, ...others] = plan.changes;
  assert.ok(change);
  assert.deepEqual(others, []);
  return change;
}

describe("a backup", () => {
  it("is planned and saved with the update that it precedes", () => {
    const planned = planOf(`images:\n${ENTRY}`);
    const { action, backup, observed } = only(planned);
    assert.deepEqual(
      { action, backup, observed },
      { action: "update", backup: { tag: KEPT, observed: null }, observed: ONE },
    );
    assert.deepEqual(decodePlan(encodePlan(planned.plan)), withoutOrigins(planned.plan));
    assert.deepEqual(checkSavedPlan(planned.plan, planned.manifest), []);
  });

  it("is not planned or asked about when the tag is created or in place", () => {
    for (const word of [null, "two"]) {
      const planned = planOf(`images:\n${ENTRY}`, at("stable", word));
      assert.equal(only(planned).backup, undefined);
      assert.ok(!planned.asked.some((line) => line.includes("before")));
    }
  });

  it("that exists already is recognised, and an immutability rule does not block it", () => {
    const { action, backup } = only(planOf(`${RULE}images:\n${ENTRY}`, at(KEPT, "one")));
    assert.deepEqual({ action, backup }, { action: "update", backup: { tag: KEPT, observed: ONE } });
  });

  it("blocks the update when it would move a tag that a rule or the registry makes immutable", () => {
    const ruled = only(planOf(`${RULE}images:\n${ENTRY}`, at(KEPT, "other")));
    assert.equal(ruled.action, "blocked");
    assert.equal(ruled.block?.kind, "rule");
    assert.deepEqual(ruled.notes, [`it is the backup ${KEPT} that must not move`]);
    const blocked = only(
      planOf(
        `images:\n${ENTRY}`,
        { ...at(KEPT, "other"), tagPolicies: { "t.test/app": { by: "t.test", immutable: [KEPT] } } },
        { hasProductApi: (host) => host === "t.test" },
      ),
    );
    assert.deepEqual([blocked.action, blocked.block?.kind], ["blocked", "registry"]);
  });

  it("can move when nothing makes it immutable, so that there is one backup for each tag", () => {
    const entry = ENTRY.replace("{tag}-before-{digest:8}", "{tag}-previous");
    const { action, backup } = only(planOf(`images:\n${entry}`, at("stable-previous", "zero")));
    assert.deepEqual([action, backup], ["update", { tag: "stable-previous", observed: digestOf("zero") }]);
  });

  it("is an error when the manifest maps its tag, even if --only excludes that mapping", () => {
    const entry = ENTRY.replace("[stable]", `[stable, { from: x, to: ${KEPT} }]`);
    const { plan } = planOf(`images:\n${entry}`, WORLD, { only: ["t.test/app:stable"] });
    assert.deepEqual(
      plan.changes.map(({ error }) => error?.code),
      ["TARGET_CONFLICT"],
    );
  });

  it("is an error when two tags would be backed up to the same tag with different images", () => {
    const first = ENTRY.replace("{tag}-before-{digest:8}", "{tag}-b-old").replace("[stable]", "[a]");
    const second = ENTRY.replace("{tag}-before-{digest:8}", "{tag}-old").replace("[stable]", "[a-b]");
    const { plan } = planOf(`images:\n${first}${second}`, {
      resolved: {
        "s.test/app:a": "two",
        "s.test/app:a-b": "two",
        "t.test/app:a": "one",
        "t.test/app:a-b": "zero",
        "t.test/app:a-b-old": null,
      },
      ...(WORLD.manifests && { manifests: WORLD.manifests }),
    });
    assert.deepEqual(
      plan.changes.map(({ action, error }) => [action, error?.code]),
      [
        ["update", undefined],
        ["error", "TARGET_CONFLICT"],
      ],
    );
  });

  it("is an error when its tag cannot be read or would be too long", () => {
    const denied = { error: { code: "DENIED", message: "no" } } as const;
    const world = { ...WORLD, resolved: { ...WORLD.resolved, [`t.test/app:${KEPT}`]: denied } };
    const { action, error } = only(planOf(`images:\n${ENTRY}`, world));
    assert.deepEqual([action, error?.code, error?.reference], ["error", "DENIED", `t.test/app:${KEPT}`]);
    const long = "x".repeat(120);
    const planned = planOf(`images:\n${ENTRY.replace("[stable]", `[${long}]`)}`, {
      resolved: { [`s.test/app:${long}`]: "two", [`t.test/app:${long}`]: "one" },
    });
    assert.match(only(planned).error?.message ?? "", /which is not a tag/);
  });

  it("cannot be removed from a saved plan or changed to another tag", () => {
    const { plan, manifest } = planOf(`images:\n${ENTRY}`);
    for (const backup of [undefined, { tag: "production", observed: TWO ?? null }]) {
      const changes = plan.changes.map((change) => {
        const { backup: _, ...rest } = change;
        return Object.assign(rest, backup && { backup });
      });
      assert.match(checkSavedPlan({ ...plan, changes }, manifest)[0]?.message ?? "", /the backup is not the one/);
    }
  });

  it("is never pruned, even by another entry", () => {
    const all =
      "  - { source: s.test/all, target: t.test/app, referrers: false, prune: true, tags: [{ glob: '*' }] }\n";
    const { plan } = planOf(`images:\n${ENTRY}${all}`, {
      ...WORLD,
      tags: { "s.test/all": ["v1"], "t.test/app": ["old-before-0123abcd", "stable", "v0", "v1"] },
      resolved: {
        ...WORLD.resolved,
        "s.test/all:v1": "v",
        "t.test/app:v1": "v",
        "t.test/app:v0": "one",
        "s.test/all:v0": null,
        "t.test/app:old-before-0123abcd": "x",
      },
    });
    const deletes = plan.changes.filter(({ action }) => action === "delete");
    assert.deepEqual(
      deletes.map(({ target }) => target.tag),
      ["v0"],
    );
    assert.match(deletes[0]?.notes[0] ?? "", new RegExp(`shares its digest with ${KEPT}`));
  });
});

describe("backup in images.yaml", () => {
  const backups = (text: string): readonly (string | undefined)[] => entriesOf(text).map(({ backup }) => backup);

  it("can be set for an entry or for all of a file", () => {
    assert.deepEqual(backups("{ source: a/b, target: r.io/c, backup: 'old-{digest:12}' }"), ["old-{digest:12}"]);
    const { entries } = parseFit(
      `version: 1\ndefaults: { backup: "{tag}-old" }\nimages: [{ source: a/b, target: r.io/c }]\n`,
    );
    assert.deepEqual(
      entries.map(({ backup }) => backup),
      ["{tag}-old"],
    );
  });

  it("is refused with a reason when it is invalid", () => {
    const problem = (text: string): string =>
      findings(imagesFile(`{ source: a/b, target: r.io/c, backup: '${text}' }`))[0] ?? "";
    assert.match(problem("{tag}-{date}"), /^images\.yaml:3:\d+ .*has \{date\}, which is not available in a backup/);
    assert.match(problem("backup"), /the same tag for every backup/);
    assert.match(problem("{tag}"), /is the tag itself/);
    assert.match(problem("{tags}-old"), /is not a known placeholder/);
    assert.match(problem("sha256-{digest:64}"), /stands for a digest/);
    const taken = "{ source: a/b, target: r.io/c, backup: '{tag}-old', tags: [v1, v1-old] }";
    assert.match(findings(imagesFile(taken))[0] ?? "", /the backup of "r\.io\/c:v1" would be "r\.io\/c:v1-old"/);
  });
});
