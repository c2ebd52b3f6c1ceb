import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Plan } from "../../src/model/plan.ts";
import { encodePlan } from "../../src/documents/plan-document.ts";
import { EMPTY_SNAPSHOT } from "../../src/model/snapshot.ts";
import type { SyncManifest } from "../../src/model/sync-manifest.ts";
import { applyLock } from "../../src/manifest/apply-lock.ts";
import { compileOnly } from "../../src/planner/facts/only.ts";
import { makePlan } from "../../src/planner/plan.ts";
import { makePullList } from "../../src/planner/pull-list.ts";
import { resolveLock } from "../../src/planner/resolve-lock.ts";
import { checkSavedPlan } from "../../src/planner/saved-plan.ts";
import { parseFit } from "../manifest/parse/support/parse.ts";
import { answerAll, digestNamed, type World } from "./support/world.ts";

const DENIED = { error: { code: "DENIED", message: "no" } } as const;

function entry(tags: string, rest = "optional: true"): string {
  return `  - { source: s.test/app, target: t.test/app, referrers: false, tags: [${tags}], ${rest} }\n`;
}

function parse(...entries: readonly string[]): SyncManifest {
  return parseFit(`version: 1\nimages:\n${entries.join("")}`);
}

function planFor(manifest: SyncManifest, world: World): Plan {
  const { snapshot } = answerAll(manifest, world, {});
  return makePlan(manifest, snapshot, {});
}

function actions({ changes, failures = [] }: Plan): readonly string[] {
  return [
    ...changes.map(({ action, target, error }) => [action, target.tag, ...(error ? [error.code] : [])].join(" ")),
    ...failures.map(({ error }) => `failure ${error.code}`),
  ];
}

/** The source has neither `gone` nor `old`; the target has both. */
const WORLD: World = {
  tags: { "s.test/app": ["1.0.0"], "t.test/app": ["gone", "old", "1.0.0"] },
  resolved: {
    "s.test/app:old": null,
    "s.test/app:gone": null,
    "s.test/app:v1": "one",
    "s.test/app:1.0.0": "one",
    "t.test/app:gone": "kept",
    "t.test/app:old": "kept",
    "t.test/app:new": null,
    "t.test/app:v1": "one",
    "t.test/app:1.0.0": "one",
  },
};

describe("optional: true", () => {
  it("turns a missing tag into a note instead of an error, whatever the target has", () => {
    const manifest = parse(entry("v1, gone, { from: gone, to: new }"));
    const plan = planFor(manifest, WORLD);
    assert.deepEqual(actions(plan), ["none v1", "missing gone", "missing new"]);
    assert.deepEqual(
      plan.changes.slice(1).map(({ observed, notes }) => [observed, notes]),
      [
        [digestNamed("kept"), ["the source has no such tag, and the entry is optional"]],
        [null, ["the source has no such tag, and the entry is optional"]],
      ],
    );
    assert.deepEqual(checkSavedPlan(plan, manifest), []);
    assert.equal(encodePlan(plan).summary.missing, 2);
  });

  it("is required: without it, a missing tag is an error", () => {
    assert.deepEqual(actions(planFor(parse(entry("gone", "optional: false")), WORLD)), ["error gone SOURCE_NOT_FOUND"]);
  });

  it("does not cover a tag that cannot be read at either side", () => {
    const world = (side: string): World => ({
      ...WORLD,
      resolved: { ...WORLD.resolved, [`${side}.test/app:gone`]: DENIED },
    });
    for (const side of ["s", "t"])
      assert.deepEqual(actions(planFor(parse(entry("gone")), world(side))), ["error gone DENIED"]);
  });

  it("does not cover a pin, whose digest and tag must both exist", () => {
    const digest = digestNamed("pin");
    const world = (tag: string | null, content: string | null): World => ({
      resolved: { "s.test/app:gone": tag, "s.test/app@pin": content, "t.test/app:gone": null },
    });
    const pinned = parse(entry(`{ from: '${digest}', to: gone }`));
    assert.deepEqual(actions(planFor(pinned, world(null, null))), ["error gone SOURCE_NOT_FOUND"]);
    const checked = parse(entry(`{ from: 'gone@${digest}', to: gone }`));
    assert.deepEqual(actions(planFor(checked, world(null, "pin"))), ["error gone PIN_MOVED"]);
  });

  it("does not cover a tag that a selector found in the list but that does not exist", () => {
    const world = { ...WORLD, tags: { "s.test/app": ["gone"] } };
    assert.deepEqual(actions(planFor(parse(entry("{ glob: '*' }")), world)), ["error gone SOURCE_NOT_FOUND"]);
  });

  it("yields to another entry that has an image for the tag or requires it", () => {
    const other = "  - { source: s.test/other, target: t.test/app, referrers: false, tags: [{ glob: old }] }\n";
    const selecting = parse(entry("{ from: gone, to: old }"), other);
    const both: World = {
      tags: { "s.test/other": ["old"] },
      resolved: { "s.test/app:gone": null, "s.test/other:old": "one", "t.test/app:old": "kept" },
      manifests: {
        "s.test/other@one": {
          type: "ociManifest",
          json: { config: { mediaType: "c", digest: "config", size: 1 }, layers: [] },
        },
      },
    };
    assert.deepEqual(actions(planFor(selecting, both)), ["update old"]);
    const [change] = planFor(selecting, both).changes;
    assert.deepEqual(change?.source, {
      kind: "registry",
      reference: { repository: { host: "s.test", path: "other" }, tag: "old" },
    });
    const needed = parse(entry("gone"), entry("gone", "optional: false"));
    assert.deepEqual(actions(planFor(needed, WORLD)), ["error gone SOURCE_NOT_FOUND"]);
  });

  it("never lets the target tag be pruned, even if a selector matches it", () => {
    const manifest = parse(entry("gone, { glob: '*' }", "optional: true, prune: true"));
    const plan = planFor(manifest, WORLD);
    assert.deepEqual(actions(plan), ["missing gone", "none 1.0.0", "delete old"]);
    assert.deepEqual(checkSavedPlan(plan, manifest), []);
  });

  it("locks a missing tag as missing until the lock is updated, and the tag is not pruned", () => {
    const manifest = parse(entry("gone, { glob: '*' }", "optional: true, prune: true"));
    const request = { manifest, old: { locked: [] }, refresh: compileOnly([]) };
    const snapshot = {
      ...EMPTY_SNAPSHOT,
      tags: new Map([["s.test/app", { kind: "found", value: { tags: ["1.0.0"], skipped: 0 } } as const]]),
      resolved: new Map([
        ["s.test/app:gone", { kind: "absent" } as const],
        ["s.test/app:1.0.0", { kind: "found", value: { digest: digestNamed("one"), mediaType: "", size: 0 } } as const],
      ]),
    };
    const { lock, failures } = resolveLock(request, snapshot);
    assert.deepEqual(failures, []);
    const { manifest: locked, missing } = applyLock(manifest, lock);
    assert.deepEqual(missing, []);
    const back: World = { ...WORLD, resolved: { ...WORLD.resolved, "s.test/app:gone": "back" } };
    const plan = planFor(locked, back);
    assert.deepEqual(actions(plan), ["missing gone", "none 1.0.0", "delete old"]);
    assert.deepEqual(checkSavedPlan(plan, locked), []);
    const again = resolveLock({ ...request, old: lock }, EMPTY_SNAPSHOT);
    assert.deepEqual(again.lock, lock);
  });

  it("leaves a tag that neither side has out of a pull list, and keeps one that the target has", () => {
    const manifest = parse(entry("{ from: gone, to: [new, old] }"));
    const snapshot = {
      ...EMPTY_SNAPSHOT,
      resolved: new Map([
        ["s.test/app:gone", { kind: "absent" } as const],
        ["t.test/app:new", { kind: "absent" } as const],
        ["t.test/app:old", { kind: "found", value: { digest: digestNamed("kept"), mediaType: "", size: 0 } } as const],
      ]),
    };
    const { targets } = makePullList(manifest, snapshot);
    assert.deepEqual(
      targets.map(({ target }) => target.tag),
      ["old"],
    );
  });
});
