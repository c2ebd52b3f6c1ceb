import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import type { Plan } from "../../src/model/plan.ts";
import { formatReference } from "../../src/model/reference.ts";
import type { SyncManifest } from "../../src/model/sync-manifest.ts";
import { explain, patternsConcerned } from "../../src/planner/explain.ts";
import { applyLock } from "../../src/manifest/apply-lock.ts";
import { makePlan } from "../../src/planner/plan.ts";
import { checkSavedPlan } from "../../src/planner/saved-plan.ts";
import { requiredSignatures } from "../../src/planner/rules/signatures.ts";
import { findings, parseFit } from "../manifest/parse/support/parse.ts";
import { answerAll, digestNamed, type World } from "./support/world.ts";

/** `1.2.0` is selected; the target has previously selected tags, and tags of another client. */
const WORLD: World = {
  tags: {
    "s.test/app": ["1.0.0", "1.2.0"],
    "t.test/app": ["1.0.0-k8s", "1.1.0-k8s", "1.1.0", "x-k8s", "-k8s", "k8s"],
  },
  resolved: {
    "s.test/app:1.2.0": "two",
    "t.test/app:1.2.0-k8s": null,
    "t.test/app:1.0.0-k8s": "zero",
    "s.test/app:1.0.0": null,
    "s.test/app:1.1.0": null,
    "t.test/app:1.1.0-k8s": "one",
    "t.test/app:1.1.0": "other",
    "t.test/app:x-k8s": "other",
    "t.test/app:-k8s": "other",
    "t.test/app:k8s": "other",
  },
  manifests: {
    "s.test/app@two": {
      type: "ociManifest",
      json: { config: { mediaType: "c", digest: "config", size: 1 }, layers: [] },
    },
  },
};

function textOf(selector: string, rest = ""): string {
  return `version: 1\nimages:\n  - { source: s.test/app, target: t.test/app, referrers: false${rest}, tags: [${selector}] }\n`;
}

type Planned = { readonly plan: Plan; readonly manifest: SyncManifest };

function planFor(manifest: SyncManifest, world: World): Planned {
  const { snapshot } = answerAll(manifest, world, {});
  return { plan: makePlan(manifest, snapshot, {}), manifest };
}

function planOf(selector: string, rest = "", world = WORLD): Planned {
  return planFor(parseFit(textOf(selector, rest)), world);
}

function actions({ plan }: Planned): readonly string[] {
  return plan.changes.map(({ action, source, target }) => {
    const from = source.kind === "registry" ? formatReference(source.reference).replace(/^.*\//, "") : "";
    return `${action} ${target.tag} from ${from}`;
  });
}

const K8S = "{ semver: '*', latest: 1, to: '{tag}-k8s' }";

describe("a selector with `to`", () => {
  it("renames each selected tag by the template", () => {
    const planned = planOf(K8S);
    assert.deepEqual(actions(planned), ["create 1.2.0-k8s from app:1.2.0"]);
    assert.deepEqual(checkSavedPlan(planned.plan, planned.manifest), []);
  });

  it("can give several names, also with the digest", () => {
    const short = digestOf("two").slice("sha256:".length, "sha256:".length + 8);
    const name = `1.2.0-${short}`;
    const resolved = { ...WORLD.resolved, "t.test/app:1.2.0": null, [`t.test/app:${name}`]: null };
    const planned = planOf("{ semver: '*', latest: 1, to: ['{tag}', '{tag}-{digest:8}'] }", "", { ...WORLD, resolved });
    assert.deepEqual(actions(planned), ["create 1.2.0 from app:1.2.0", `create ${name} from app:1.2.0`]);
    assert.deepEqual(checkSavedPlan(planned.plan, planned.manifest), []);
  });

  it("prunes tags that the template made of tags that it can select, and no others", () => {
    const planned = planOf(K8S, ", prune: true");
    assert.deepEqual(actions(planned), [
      "create 1.2.0-k8s from app:1.2.0",
      "delete 1.0.0-k8s from app:1.0.0",
      "delete 1.1.0-k8s from app:1.1.0",
    ]);
    assert.deepEqual(checkSavedPlan(planned.plan, planned.manifest), []);
  });

  it("prunes nothing ambiguous: two possible source tags, a name with the digest or date, a repeated {tag}", () => {
    const tags = ["a", "a-k8s", "a-a", `a-${"0".repeat(8)}`, "20260101-a"];
    const world = (selected: readonly string[]): World => ({
      tags: { "s.test/app": ["b"], "t.test/app": [...tags, ...selected] },
      resolved: {
        "s.test/app:b": "two",
        ...Object.fromEntries(tags.map((tag) => [`s.test/app:${tag}`, null])),
        ...Object.fromEntries([...tags, ...selected].map((tag) => [`t.test/app:${tag}`, "two"])),
      },
      manifests: WORLD.manifests ?? {},
      created: { "s.test/app@config": "2026-03-01T00:00:00Z" },
    });
    const deletes = (to: string, ...selected: readonly string[]): readonly string[] =>
      actions(planOf(`{ glob: '*', to: ${to} }`, ", prune: true", world(selected))).filter((line) =>
        line.startsWith("delete"),
      );
    assert.deepEqual(deletes("['{tag}', '{tag}-k8s']", "b", "b-k8s"), [
      "delete a from app:a",
      "delete a-a from app:a-a",
      `delete a-${"0".repeat(8)} from app:a-${"0".repeat(8)}`,
      "delete 20260101-a from app:20260101-a",
    ]);
    const digits = digestOf("two").slice("sha256:".length, "sha256:".length + 8);
    assert.deepEqual(deletes("'{tag}-{digest:8}'", `b-${digits}`), []);
    assert.deepEqual(deletes("'{date}-{tag}'", "20260301-b"), []);
    assert.deepEqual(deletes("'{tag}-{tag}'", "b-b"), []);
  });

  it("refuses a saved plan with a source tag other than the one in the name", () => {
    const { plan, manifest } = planOf(K8S, ", prune: true");
    const edited = plan.changes.map((change) => ({
      ...change,
      source: { kind: "registry", reference: { repository: { host: "s.test", path: "app" }, tag: "1.9.0" } } as const,
    }));
    assert.equal(checkSavedPlan({ ...plan, changes: edited }, manifest).length, 3);
  });

  it("is locked by the tags that it selects, and still renames them", () => {
    const manifest = parseFit(textOf(K8S, ", prune: true"));
    const lock = {
      locked: [
        { source: "s.test/app", mapping: 'semver "*", latest 1', tags: new Map([["1.2.0", digestNamed("two")]]) },
      ],
    };
    const { manifest: locked, missing } = applyLock(manifest, lock);
    assert.deepEqual(missing, []);
    const planned = planFor(locked, { ...WORLD, resolved: { ...WORLD.resolved, "s.test/app@two": "two" } });
    assert.deepEqual(
      planned.plan.changes.map(({ action, target }) => `${action} ${target.tag}`),
      ["create 1.2.0-k8s", "delete 1.0.0-k8s", "delete 1.1.0-k8s"],
    );
    assert.deepEqual(checkSavedPlan(planned.plan, locked), []);
  });

  it("requires the signature of the entry although the tag is renamed", () => {
    const manifest = parseFit(textOf(K8S, ", verify: { key: cosign.pub }"));
    const [change] = planOf(K8S).plan.changes;
    assert.ok(change);
    assert.equal(requiredSignatures(manifest.entries)({ ...change, positions: [] }).length, 1);
  });

  it("reports a conflict when two tags get the same name, and a failure when a name is not a valid tag", () => {
    const meeting = planOf("{ glob: a, to: '{tag}-k8s' }, a-k8s", "", {
      tags: { "s.test/app": ["a"] },
      resolved: { "s.test/app:a": "one", "s.test/app:a-k8s": "two", "t.test/app:a-k8s": null },
    });
    assert.equal(meeting.plan.changes[0]?.error?.code, "TARGET_CONFLICT");
    const long = "a".repeat(128);
    const { plan } = planOf("{ glob: '*', to: '{tag}-k8s' }", "", {
      tags: { "s.test/app": [long, "b"] },
      resolved: { "s.test/app:b": "one", "t.test/app:b-k8s": "one" },
    });
    assert.match(plan.failures?.[0]?.error.message ?? "", /makes "a{128}-k8s" of it, which is not a tag/);
    assert.equal(plan.changes.length, 1);
    const hex = "0".repeat(64);
    const digest = planOf("{ glob: '*', to: 'sha256-{tag}' }", "", { tags: { "s.test/app": [hex] }, resolved: {} });
    assert.match(digest.plan.failures?.[0]?.error.message ?? "", /which stands for a digest/);
  });

  it("is explained from the source tag and from the target tag", () => {
    const manifest = parseFit(textOf(K8S));
    const { snapshot } = answerAll(manifest, WORLD, {});
    const plan = makePlan(manifest, snapshot, {});
    const outcome = (path: string, tag: string): readonly string[] =>
      explain(
        manifest,
        { repository: { host: `${path[0]}.test`, path: "app" }, tag },
        { plan, snapshot, now: new Date(0) },
      ).mappings.map((one) => one.outcome.kind);
    assert.deepEqual(patternsConcerned(manifest, { repository: { host: "s.test", path: "app" }, tag: "1.2.0" }), [
      "t.test/app:1.2.0-k8s",
    ]);
    assert.deepEqual(outcome("source", "1.2.0"), ["selected"]);
    assert.deepEqual(outcome("target", "1.2.0-k8s"), ["selected"]);
    assert.deepEqual(outcome("target", "1.0.0-k8s"), ["beyond-latest"]);
    assert.deepEqual(outcome("target", "1.2.0"), ["not-named"]);
  });

  for (const [to, problem] of [
    ["stable", /"stable" has neither \{tag\} nor \{digest:8\}/],
    ["'{date}'", /"\{date\}" has neither/],
    ["'{tags}-x'", /"\{tags\}" is not a known placeholder/],
    ["'{tag}/x'", /"tag\/x"/],
  ] as const) {
    it(`refuses ${to}`, () => assert.match(findings(textOf(`{ glob: '*', to: ${to} }`))[0] ?? "", problem));
  }
});
