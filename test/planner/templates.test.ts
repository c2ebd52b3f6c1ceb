import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { SyncManifest } from "../../src/model/sync-manifest.ts";
import type { PlanOptions } from "../../src/planner/facts/plan-options.ts";
import { applyLock } from "../../src/manifest/apply-lock.ts";
import { makePlan } from "../../src/planner/plan.ts";
import { checkSavedPlan } from "../../src/planner/saved-plan.ts";
import { parseFit } from "../manifest/parse/support/parse.ts";
import { answerAll, digestNamed, type World } from "./support/world.ts";

const ONE = digestOf("one").slice("sha256:".length, "sha256:".length + 8);

const IMAGE = {
  type: "ociManifest",
  json: { config: { mediaType: "c", digest: "config", size: 1 }, layers: [] },
} as const;

/** `stable` at the source is the image `one` of 1 March; the target is empty. */
const WORLD: World = {
  tags: { "t.test/app": [] },
  resolved: { "s.test/app:stable": "one", "t.test/app:stable": null, [`t.test/app:stable-20260301-${ONE}`]: null },
  manifests: { "s.test/app@one": IMAGE },
  created: { "s.test/app@config": "2026-03-01T23:59:59Z" },
};

function entryWith(to: string, rest = ""): string {
  return `images:\n  - { source: s.test/app, target: t.test/app, referrers: false, tags: [{ from: stable, to: ${to} }]${rest} }\n`;
}

const TWIN = entryWith("[stable, '{tag}-{date}-{digest:8}']");

type Planned = { readonly plan: Plan; readonly asked: readonly string[]; readonly manifest: SyncManifest };

function planOf(text: string, world: World = WORLD, options: PlanOptions = {}): Planned {
  const manifest = parseFit(`version: 1\n${text}`);
  const { snapshot, asked } = answerAll(manifest, world, options);
  return { plan: makePlan(manifest, snapshot, options), asked, manifest };
}

function actions({ plan }: Planned): readonly string[] {
  return plan.changes.map(({ action, target }) => `${action} ${target.tag}`);
}

describe("a template in a plan", () => {
  it("makes a tag for the image at the source, beside the plain tag", () => {
    const planned = planOf(TWIN);
    assert.deepEqual(actions(planned), ["create stable", `create stable-20260301-${ONE}`]);
    assert.deepEqual(checkSavedPlan(planned.plan, planned.manifest), []);
  });

  it("reads the source's manifest and config once each, and neither without {date}", () => {
    const asked = planOf(TWIN).asked.filter((line) => /manifest|created/.test(line));
    assert.deepEqual(
      asked.map((line) => line.replace(/^\d+ /, "").replace(/@.*/, "")),
      ["manifest s.test/app", "created s.test/app"],
    );
    const world = {
      ...WORLD,
      resolved: { ...WORLD.resolved, [`t.test/app:stable-${ONE}`]: "one", "t.test/app:stable": "one" },
    };
    const inPlace = planOf(entryWith("[stable, 'stable-{digest:8}']"), world);
    assert.deepEqual(actions(inPlace), ["none stable", `none stable-${ONE}`]);
    assert.equal(inPlace.asked.length, 3, inPlace.asked.join("\n"));
  });

  it("has the digest at the target when only some platforms are copied", () => {
    const child = (word: string, digest: string) => ({
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest,
      size: 1,
      platform: { os: "linux", architecture: `${word}64` },
    });
    const list = { type: "ociIndex", json: { manifests: [child("amd", "amd"), child("arm", "arm")] } };
    const manifest = parseFit(`version: 1\n${entryWith("'{tag}-{date}-{digest:8}'", ", platforms: [linux/arm64]")}`);
    const subset = { manifests: [child("arm", digestNamed("arm"))] };
    const digits = digestOf(JSON.stringify(subset)).slice("sha256:".length, "sha256:".length + 8);
    const world: World = {
      resolved: {
        "s.test/app:stable": { digest: "one", type: "ociIndex" },
        [`t.test/app:stable-20260401-${digits}`]: null,
      },
      manifests: { "s.test/app@one": list, "s.test/app@arm": IMAGE },
      created: { "s.test/app@config": "2026-04-01T00:00:00Z" },
    };
    const { snapshot } = answerAll(manifest, world, {});
    const [change] = makePlan(manifest, snapshot).changes;
    assert.equal(change?.target.tag, `stable-20260401-${digits}`);
  });

  it("of an image without a date is a failure at its position, and the other tags are planned", () => {
    for (const created of [null, "1970-01-01T00:00:00Z", "1980-01-01T00:00:01Z"]) {
      const { plan } = planOf(TWIN, { ...WORLD, created: { "s.test/app@config": created } });
      assert.deepEqual(
        plan.changes.map(({ action }) => action),
        ["create"],
      );
      const [failure] = plan.failures ?? [];
      assert.equal(failure?.error.code, "DATE_UNKNOWN");
      assert.equal(failure.error.reference, `s.test/app@${digestOf("one")}`);
      assert.equal(failure.positions[0]?.line, 3);
    }
  });

  it("of a missing source tag is a failure", () => {
    const { plan } = planOf(entryWith("'{tag}-{digest:8}'"), { resolved: { "s.test/app:stable": null } });
    assert.deepEqual([plan.changes, plan.failures?.[0]?.error.code], [[], "SOURCE_NOT_FOUND"]);
  });

  it("conflicts with a mapping of another source to the same tag", () => {
    const other = `  - { source: s.test/other, target: t.test/app, referrers: false, tags: [{ from: x, to: stable-${ONE} }] }\n`;
    const { plan } = planOf(`${entryWith("'{tag}-{digest:8}'")}${other}`, {
      resolved: { "s.test/app:stable": "one", "s.test/other:x": "two", [`t.test/app:stable-${ONE}`]: null },
    });
    assert.deepEqual(
      plan.changes.map(({ error }) => error?.code),
      ["TARGET_CONFLICT"],
    );
  });

  it("asks nothing when --only excludes its repository", () => {
    const { asked } = planOf(TWIN, WORLD, { only: ["other.test/**"] });
    assert.deepEqual(asked, []);
  });

  it("uses the digest in a lock file, and keeps the name of the tag", () => {
    const manifest = parseFit(`version: 1\n${TWIN}`);
    const tags = new Map([["stable", digestOf("one")]]);
    const locked = applyLock(manifest, { locked: [{ source: "s.test/app", mapping: "stable", tags }] }).manifest;
    const world = {
      ...WORLD,
      resolved: { ...WORLD.resolved, "t.test/app:stable": "one", [`t.test/app:stable-20260301-${ONE}`]: "one" },
    };
    const { snapshot, asked } = answerAll(locked, world, {});
    assert.deepEqual(actions({ plan: makePlan(locked, snapshot), asked, manifest: locked }), [
      "none stable",
      `none stable-20260301-${ONE}`,
    ]);
    assert.ok(!asked.some((line) => line.includes("s.test/app:stable")));
  });

  it("is refused in a saved plan that was edited to the tag of another digest", () => {
    const { plan, manifest } = planOf(TWIN);
    const changes = plan.changes.map((change) => ({
      ...change,
      target: { ...change.target, tag: change.target.tag.replace(ONE, "00000000") },
    }));
    assert.deepEqual(
      checkSavedPlan({ ...plan, changes }, manifest).map(({ message }) => message),
      ["this change is not in the manifest"],
    );
  });
});

describe("a tag that a template made", () => {
  it("is never pruned, even by another entry whose selector matches it", () => {
    const old = "stable-20250101-0123abcd";
    const all =
      "  - { source: s.test/all, target: t.test/app, referrers: false, prune: true, tags: [{ glob: '*' }] }\n";
    const { plan } = planOf(`${TWIN}${all}`, {
      ...WORLD,
      tags: { "s.test/all": ["v1"], "t.test/app": [old, "stable", "stable-x", "v1"] },
      resolved: {
        ...WORLD.resolved,
        "s.test/all:v1": "v",
        "t.test/app:v1": "v",
        [`t.test/app:${old}`]: "old",
        "t.test/app:stable-x": "x",
        "s.test/all:stable-x": null,
      },
    });
    assert.deepEqual(
      plan.changes.filter(({ action }) => action === "delete").map(({ target }) => target.tag),
      ["stable-x"],
    );
  });
});
