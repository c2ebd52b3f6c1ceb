import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Entry } from "../../../src/model/sync-manifest.ts";
import { countSchedules, entriesDue } from "../../../src/app/watch/entries-due.ts";
import { entry, manifestOf, repositoryOf } from "./support.ts";

const hourly = "0 * * * *";
const daily = "0 3 * * *";

describe("entriesDue", () => {
  it("takes the entries of the schedules that are due", () => {
    const manifest = manifestOf([entry("r.example/a", hourly), entry("r.example/b", daily), entry("r.example/c")]);
    assert.deepEqual(entriesDue(manifest, [hourly], hourly).entries, [manifest.entries[0], manifest.entries[2]]);
    assert.deepEqual(entriesDue(manifest, [daily], hourly).entries, [manifest.entries[1]]);
  });

  it("is the manifest itself where all are due", () => {
    const manifest = manifestOf([entry("r.example/a", hourly), entry("r.example/b", daily)]);
    assert.equal(entriesDue(manifest, [hourly, daily], hourly), manifest);
  });

  it("takes along whoever writes into the same repositories, through others too", () => {
    const shared = {
      ...entry("r.example/a", daily),
      targets: [...entry("r.example/a").targets, ...entry("r.example/b").targets],
    };
    const manifest = manifestOf([
      entry("r.example/a", hourly),
      shared,
      entry("r.example/b", daily),
      entry("r.example/c", daily),
    ]);
    assert.deepEqual(entriesDue(manifest, [hourly], hourly).entries, manifest.entries.slice(0, 3));
  });

  it("takes along whoever reads from such a repository, and whoever writes where one that is due reads", () => {
    const from = (source: string, target: string, schedule: string): Entry => ({
      ...entry(target, schedule),
      source: { kind: "registry", repository: repositoryOf(source) },
    });
    const chain = [from("s.example/a", "r.example/a", hourly), from("r.example/a", "r.example/b", daily)];
    const manifest = manifestOf([...chain, from("s.example/a", "r.example/c", daily)]);
    assert.deepEqual(entriesDue(manifest, [hourly], hourly).entries, chain);
    assert.deepEqual(entriesDue(manifestOf([...chain, entry("r.example/d", hourly)]), [daily], hourly).entries, chain);
  });
});

describe("countSchedules", () => {
  it("counts entries, those without a schedule with the default", () => {
    const manifest = manifestOf([entry("r.example/a", daily), entry("r.example/b"), entry("r.example/c", hourly)]);
    assert.deepEqual(
      [...countSchedules(manifest, hourly)],
      [
        [daily, 1],
        [hourly, 2],
      ],
    );
  });
});
