import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Entry, SyncManifest } from "../../../src/model/sync-manifest.ts";
import { countSchedules, entriesDue } from "../../../src/app/watch/entries-due.ts";
import { entry, manifestOf, repositoryOf } from "./support.ts";

const hourly = "0 * * * *";
const daily = "0 3 * * *";

describe("entriesDue", () => {
  it("selects the entries whose schedules are due", () => {
    const manifest = manifestOf([entry("r.example/a", hourly), entry("r.example/b", daily), entry("r.example/c")]);
    assert.deepEqual(entriesDue(manifest, [hourly], hourly).entries, [manifest.entries[0], manifest.entries[2]]);
    assert.deepEqual(entriesDue(manifest, [daily], hourly).entries, [manifest.entries[1]]);
  });

  it("returns the manifest itself when all entries are due", () => {
    const manifest = manifestOf([entry("r.example/a", hourly), entry("r.example/b", daily)]);
    assert.equal(entriesDue(manifest, [hourly, daily], hourly), manifest);
  });

  it("includes entries that write to the same repositories, transitively", () => {
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

  it("includes entries that read from such a repository, and entries that write where a due entry reads", () => {
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

describe("patterns over repositories", () => {
  const from = (source: string, target: string, schedule: string): Entry => ({
    ...entry(target, schedule),
    source: { kind: "registry", repository: repositoryOf(source) },
  });
  const pattern = { pattern: "up/**", entry: from("s.example/up", "r.example/mirror", hourly) };
  const inside = from("s.example/x", "r.example/mirror/a", daily);
  const reading = from("r.example/mirror/b", "r.example/c", daily);
  const apart = from("s.example/y", "r.example/mirrors", daily);
  const manifest: SyncManifest = { ...manifestOf([inside, reading, apart]), catalogs: [pattern] };

  it("are due with their schedule, and with every entry that writes or reads below their targets", () => {
    const due = entriesDue(manifest, [hourly], hourly);
    assert.deepEqual([due.entries, due.catalogs], [[inside, reading], [pattern]]);
  });

  it("are due when an entry below their targets is due, and counted with its schedule", () => {
    const other = { ...manifest, entries: [{ ...inside, schedule: "5 * * * *" }, apart] };
    const due = entriesDue(other, ["5 * * * *"], hourly);
    assert.deepEqual([due.entries.length, due.catalogs], [1, [pattern]]);
    assert.deepEqual(entriesDue({ ...manifest, entries: [apart] }, [daily], hourly).catalogs, []);
    assert.equal(countSchedules(manifest, daily).get(hourly), 1);
  });
});

describe("countSchedules", () => {
  it("counts entries by schedule, and those without one under the default", () => {
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
