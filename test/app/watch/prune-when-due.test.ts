import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatReference, formatRepository } from "../../../src/model/reference.ts";
import type { SyncManifest } from "../../../src/model/sync-manifest.ts";
import { assemble } from "../../../src/manifest/parse/assemble.ts";
import { parseFile } from "../../../src/manifest/parse/parse-file.ts";
import { makePlan } from "../../../src/planner/plan.ts";
import { entriesDue } from "../../../src/app/watch/entries-due.ts";
import { answerAll, type World } from "../../planner/support/world.ts";

const SOURCES = ["s.test/a", "s.test/b"];
const TARGETS = ["t.test/a", "t.test/b", "t.test/c", "t.test/d"];
const TAGS = ["1.0.0", "1.1.0", "1.2.0", "2.0.0-rc1", "mine"];
const SCHEDULES = ["@hourly", "@daily", "@weekly"];

/** Every repository has every tag, each with its own digest. */
const WORLD: World = {
  tags: Object.fromEntries([...SOURCES, ...TARGETS].map((name) => [name, TAGS])),
  resolved: Object.fromEntries(
    [...SOURCES, ...TARGETS].flatMap((name) => TAGS.map((tag) => [`${name}:${tag}`, tag] as const)),
  ),
};

/** Returns undefined if the entries contradict each other. */
function parse(entries: readonly string[]): SyncManifest | undefined {
  const text = `version: 1\nmaxDeletes: 100\nimages:\n${entries.map((entry) => `  - ${entry}\n`).join("")}`;
  return assemble(parseFile(text, { file: "images.yaml", variables: new Map(), isRoot: true }), []).manifest;
}

function write(source: string, targets: string, rest: string): string {
  return `{ source: ${source}, target: ${targets}, referrers: false, ${rest} }`;
}

function deletesOf(manifest: SyncManifest): readonly string[] {
  const { snapshot } = answerAll(manifest, WORLD, {});
  const { changes } = makePlan(manifest, snapshot, {});
  return changes.flatMap(({ action, target }) => (action === "delete" ? [formatReference(target)] : []));
}

/** The due entries alone, without those that write to or read from the same repositories. */
function alone(manifest: SyncManifest, due: readonly string[]): SyncManifest {
  return { ...manifest, entries: manifest.entries.filter(({ schedule = "" }) => due.includes(schedule)) };
}

/** Makes the same pseudo-random choices in every test run. */
function createDice(): <T>(of: readonly T[]) => T {
  let state = 7;
  return (of) => {
    state = (state * 48_271) % 2_147_483_647;
    const chosen = of[state % of.length];
    if (chosen === undefined) throw new Error("there is nothing to choose");
    return chosen;
  };
}

describe("pruning due entries", () => {
  const newest = "tags: [{ semver: '*', latest: 1 }], prune: true";

  it("deletes only from a repository whose entries are all due", () => {
    const manifest = parse([
      write("s.test/a", "t.test/a", `${newest}, schedule: "@hourly"`),
      write("s.test/a", "t.test/b", `${newest}, schedule: "@daily"`),
    ]);
    assert.ok(manifest !== undefined);
    const deleted = ["1.0.0", "1.1.0"];
    const of = (schedule: string) => deletesOf(entriesDue(manifest, [schedule], "@hourly"));
    assert.deepEqual(
      of("@hourly"),
      deleted.map((tag) => `t.test/a:${tag}`),
    );
    assert.deepEqual(
      of("@daily"),
      deleted.map((tag) => `t.test/b:${tag}`),
    );
  });

  it("deletes nothing from a repository that an entry with another schedule reads", () => {
    const manifest = parse([
      write("s.test/a", "t.test/a", `${newest}, schedule: "@hourly"`),
      write("t.test/a", "t.test/b", `tags: [mine], schedule: "@daily"`),
    ]);
    assert.ok(manifest !== undefined);
    assert.deepEqual(deletesOf(entriesDue(manifest, ["@hourly"], "@hourly")), []);
  });

  it("deletes exactly what the whole manifest would in the same repositories, for random entries", () => {
    const roll = createDice();
    const seen = { manifests: 0, parts: 0, deletes: 0, withheld: 0 };
    for (let round = 0; round < 600; round += 1) {
      const entries = Array.from({ length: roll([2, 3, 4, 5]) }, () => {
        const targets = [...new Set([roll(TARGETS), roll(TARGETS)])];
        const tags = roll([
          "{ semver: '*', latest: 1 }",
          "{ glob: '1.*' }",
          "{ glob: '*', exclude: '1.0*', latest: 2 }",
          "mine",
        ]);
        const isPruning = tags !== "mine" && roll([true, true, false]);
        const rest = `tags: [${tags}], schedule: "${roll(SCHEDULES)}"${isPruning ? ", prune: true" : ""}`;
        return write(roll([...SOURCES, ...SOURCES, ...TARGETS]), `[${targets.join(", ")}]`, rest);
      });
      const manifest = parse(entries);
      if (manifest === undefined) continue;
      seen.manifests += 1;
      const whole = deletesOf(manifest);
      for (const due of [...SCHEDULES.map((one) => [one]), SCHEDULES.slice(0, 2), SCHEDULES.slice(1)]) {
        const part = entriesDue(manifest, due, "@hourly");
        const looked = new Set(
          part.entries.flatMap(({ targets }) => targets.map((one) => formatRepository(one.repository))),
        );
        const expected = whole.filter((name) => looked.has(name.slice(0, name.lastIndexOf(":"))));
        assert.deepEqual(deletesOf(part), expected, `${due.join(" ")} of\n${entries.join("\n")}`);
        if (part === manifest) continue;
        seen.parts += 1;
        seen.deletes += expected.length;
        if (deletesOf(alone(manifest, due)).length > expected.length) seen.withheld += 1;
      }
    }
    // the random entries must have covered every case
    for (const [what, count] of Object.entries(seen)) assert.ok(count > 10, `${what}: ${count}`);
  });
});
