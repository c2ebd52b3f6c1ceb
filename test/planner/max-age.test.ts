import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodePlan, encodePlan } from "../../src/documents/plan-document.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { SyncManifest } from "../../src/model/sync-manifest.ts";
import { withOrigins } from "../../src/planner/origins.ts";
import { makePlan } from "../../src/planner/plan.ts";
import { makePullList } from "../../src/planner/pull-list.ts";
import { recheckPlan } from "../../src/planner/recheck.ts";
import { entriesOf, findings, imagesFile, parseFit } from "../manifest/parse/support/parse.ts";
import { answerAll, digestNamed, type World } from "./support/world.ts";

const NOW = new Date("2026-03-10T12:00:00Z");
const OLD = "2024-03-01T00:00:00Z";
const NEW = "2026-03-01T00:00:00Z";
const OPTIONS = { now: NOW, listsDigests: (host: string) => host === "g.test" };

/** Returns the images of s.test/app by word, each with its creation time. */
function images(made: Readonly<Record<string, string | null>>): Pick<World, "manifests" | "created"> {
  const words = Object.keys(made);
  const manifest = (word: string) => ({ config: { mediaType: "c", digest: `${word}-config`, size: 1 }, layers: [] });
  return {
    manifests: Object.fromEntries(
      words.map((word) => [`s.test/app@${word}`, { type: "ociManifest", json: manifest(word) }]),
    ),
    created: Object.fromEntries(words.map((word) => [`s.test/app@${word}-config`, made[word] ?? null])),
  };
}

function planOf(rest: string, world: World, source = "s.test/app"): { plan: Plan; manifest: SyncManifest } {
  const manifest = parseFit(
    `version: 1\nimages:\n  - { source: ${source}, target: t.test/app, referrers: false, maxAge: 365d, ${rest} }\n`,
  );
  return { plan: makePlan(manifest, answerAll(manifest, world, OPTIONS).snapshot, OPTIONS), manifest };
}

function actions({ changes }: Plan): readonly string[] {
  return changes.map(({ action, target }) => `${action} ${target.tag}`);
}

describe("maxAge", () => {
  const world: World = {
    resolved: { "s.test/app:a": "one", "t.test/app:a": null, "s.test/app:b": "two", "t.test/app:b": null },
    ...images({ one: OLD, two: NEW }),
  };

  it("holds back an older image with the reason, and copies the others", () => {
    const { plan } = planOf("tags: [a, b]", world);
    assert.deepEqual(actions(plan), ["held a", "create b"]);
    assert.deepEqual(plan.changes[0]?.notes, ["older than maxAge: made 2024-03-01"]);
  });

  it("is the shorter of two when two entries map the same tag", () => {
    for (const other of ["3650d", "0h"]) {
      const { plan } = planOf(
        `tags: [a] }\n  - { source: s.test/app, target: t.test/app, referrers: false, maxAge: ${other}, tags: [a]`,
        world,
      );
      assert.deepEqual(actions(plan), ["held a"], other);
    }
  });

  it("uses the registry's upload time when its list has one", () => {
    const { plan } = planOf(
      "tags: [a]",
      {
        resolved: { "g.test/app:a": "one", "t.test/app:a": null },
        tags: { "g.test/app": { digests: { a: "one" }, uploaded: { [digestNamed("one")]: OLD } } },
      },
      "g.test/app",
    );
    assert.deepEqual(plan.changes[0]?.notes, ["older than maxAge: uploaded 2024-03-01"]);
  });

  it("copies an image of unknown age, and does not ask about one in place", () => {
    const { plan } = planOf("tags: [a, b]", {
      resolved: { "s.test/app:a": "one", "t.test/app:a": null, "s.test/app:b": "two", "t.test/app:b": "two" },
      ...images({ one: null }),
    });
    assert.deepEqual(actions(plan), ["create a", "none b"]);
  });

  it("does not prune the tag of an image that it holds back", () => {
    const tags = { "s.test/app": ["1.0.0", "2.0.0"], "t.test/app": ["1.0.0", "2.0.0"] };
    const resolved = {
      "s.test/app:1.0.0": "one",
      "t.test/app:1.0.0": "before",
      "s.test/app:2.0.0": "two",
      "t.test/app:2.0.0": "two",
    };
    const { plan } = planOf('prune: true, tags: [{ semver: "*" }]', { tags, resolved, ...images({ one: OLD }) });
    assert.deepEqual(actions(plan), ["held 1.0.0", "none 2.0.0"]);
  });

  it("is checked again for a saved plan", () => {
    const { plan, manifest } = planOf("tags: [a]", world);
    const changes = plan.changes.map((change) => ({ ...change, action: "create" as const, notes: [] }));
    const saved = withOrigins(decodePlan(encodePlan({ ...plan, changes })), manifest);
    const { snapshot } = answerAll(manifest, world, OPTIONS);
    const again = recheckPlan({ changes: saved.changes, manifest, moment: "saved", options: OPTIONS }, snapshot);
    assert.deepEqual(
      again.map(({ action }) => action),
      ["held"],
    );
  });

  it("leaves the image that it holds back out of a pull list", () => {
    const { manifest } = planOf("tags: [a]", world);
    const { snapshot } = answerAll(manifest, world, OPTIONS);
    assert.deepEqual(makePullList(manifest, snapshot, OPTIONS).targets, []);
  });
});

describe("maxAge in images.yaml", () => {
  it("is a duration, is disabled by 0h, and is refused for local images", () => {
    const ages = (text: string) => entriesOf(text).map(({ maxAgeMs }) => maxAgeMs);
    assert.deepEqual(ages("{ source: a/b, target: r.io/c, maxAge: 365d }"), [365 * 86_400_000]);
    assert.deepEqual(ages("{ source: a/b, target: r.io/c, maxAge: 0h }"), [undefined]);
    assert.match(
      findings(imagesFile("{ source: a/b, target: r.io/c, maxAge: soon }"))[0] ?? "",
      /^images\.yaml:3:\d+ "soon" is not an age/,
    );
    assert.match(
      findings(imagesFile("{ source: 'docker-daemon:x', target: r.io/c, maxAge: 72h }"))[0] ?? "",
      /a local image has no maxAge/,
    );
  });
});
