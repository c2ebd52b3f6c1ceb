import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { countSchedules, entriesDue } from "../../src/watch/entries-due.ts";
import { entry, manifestOf } from "./support.ts";

const hourly = "0 * * * *";
const daily = "0 3 * * *";

describe("entriesDue", () => {
  it("takes the entries of the schedules that are due", () => {
    const manifest = manifestOf([entry("r.example/a", hourly), entry("r.example/b", daily), entry("r.example/c")]);
    assert.deepEqual(entriesDue(manifest, [hourly], hourly).entries, [manifest.entries[0], manifest.entries[2]]);
    assert.deepEqual(entriesDue(manifest, [daily], hourly).entries, [manifest.entries[1]]);
  });

  it("says that it is a part of the manifest where an entry is left out, so that nothing is pruned by it", () => {
    const manifest = manifestOf([entry("r.example/a", hourly), entry("r.example/b", daily)]);
    assert.equal(entriesDue(manifest, [hourly], hourly).isPart, true);
    assert.equal(entriesDue(manifest, [hourly, daily], hourly).isPart, undefined);
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
