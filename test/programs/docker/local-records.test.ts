import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { createLocalRecords } from "../../../src/programs/docker/local-records.ts";
import { takeBackLeftovers } from "../../../src/programs/docker/take-back.ts";
import { digestOf } from "../../../src/model/digest.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();
const TAG = { name: "registry.test/app:v1", image: digestOf("image"), madeAt: "2026-11-28T12:00:00.123456789Z" };
const PULLED = { name: `registry.test/app@${digestOf("pulled")}`, isNew: true };

async function makeParent(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), "imgsync-records-"));
  cleanUp(() => rm(parent, { recursive: true, force: true }));
  return parent;
}

/** Returns the ID of a process that has just exited. */
async function deadProcess(): Promise<number> {
  const child = spawn("true");
  await new Promise((resolve) => child.once("close", resolve));
  return child.pid ?? 0;
}

/** Gives the only record in a folder to another process. */
async function giveTo(parent: string, id: number): Promise<void> {
  const [name = ""] = await readdir(parent);
  await rename(join(parent, name), join(parent, name.replace(/-[0-9]+-/, `-${id}-`)));
}

describe("the record of what imgsync made in docker", () => {
  it("is a private file while something is made, and none before or afterwards", async () => {
    const parent = await makeParent();
    const record = createLocalRecords([join(parent, "gone"), parent]).open("docker here");
    assert.deepEqual(await readdir(parent), []);
    await record.update({ pulled: PULLED });
    await record.update({ tag: TAG });
    const [name = "", ...others] = await readdir(parent);
    assert.deepEqual(others, []);
    assert.match(name, new RegExp(`^imgsync-made-${process.pid}-[a-f0-9]{16}\\.json$`));
    assert.equal((await stat(join(parent, name))).mode & 0o777, 0o600);
    await record.update({ tag: undefined });
    assert.deepEqual(JSON.parse(await readFile(join(parent, name), "utf8")), {
      place: "docker here",
      made: { pulled: PULLED },
    });
    await record.update({ pulled: undefined });
    assert.deepEqual(await readdir(parent), []);
  });

  it("is never written through a link that another user put next to it", async () => {
    const parent = await makeParent();
    const record = createLocalRecords([parent]).open("docker here");
    await record.update({ pulled: PULLED });
    const [name = ""] = await readdir(parent);
    const other = join(parent, "other");
    await writeFile(other, "untouched");
    await symlink(other, join(parent, `${name}.new`));
    await record.update({ tag: TAG });
    assert.equal(await readFile(other, "utf8"), "untouched");
    assert.match(await readFile(join(parent, name), "utf8"), /"tag":/);
  });

  it("of a dead process is taken over once, and that of a live process never", async () => {
    const parent = await makeParent();
    const records = createLocalRecords([parent]);
    await records.open("docker here").update({ tag: { ...TAG, before: digestOf("before") }, pulled: PULLED });
    assert.deepEqual(await records.takeLeftovers(), []);
    await giveTo(parent, process.ppid);
    assert.deepEqual(await records.takeLeftovers(), []);
    await giveTo(parent, await deadProcess());
    const [left, ...others] = await records.takeLeftovers();
    assert.deepEqual(others, []);
    assert.deepEqual(
      [left?.place, left?.made],
      ["docker here", { tag: { ...TAG, before: digestOf("before") }, pulled: PULLED }],
    );
    assert.deepEqual(await records.takeLeftovers(), []);
    await left?.forget();
    assert.deepEqual(await readdir(parent), []);
  });

  it("is never read through a link, and is thrown away if it makes no sense", async () => {
    const parent = await makeParent();
    const dead = await deadProcess();
    const nameOf = (number: number) => join(parent, `imgsync-made-${dead}-${String(number).padStart(16, "0")}.json`);
    const kept = join(parent, "kept.json");
    await writeFile(kept, JSON.stringify({ place: "x", made: { tag: TAG } }));
    await symlink(kept, nameOf(0));
    const made = [
      { tag: { ...TAG, name: "--all" } },
      { tag: { ...TAG, image: "--force" } },
      { pulled: { name: "UPPER CASE" } },
    ];
    const texts = ["", "{", '{"place":1,"made":{}}', ...made.map((one) => JSON.stringify({ place: "x", made: one }))];
    for (const [index, text] of texts.entries()) await writeFile(nameOf(index + 1), text);
    await writeFile(`${nameOf(99)}.new`, "half a reco");
    const left = await createLocalRecords([parent]).takeLeftovers();
    assert.deepEqual(
      left.map((one) => one.made),
      [{}, {}, {}],
    );
    for (const one of left) await one.forget();
    assert.deepEqual((await readdir(parent)).toSorted(), [`imgsync-made-${dead}-0000000000000000.json`, "kept.json"]);
  });

  it("stays for a later run if it is about another daemon, or if docker does not answer", async () => {
    const parent = await makeParent();
    const records = createLocalRecords([parent]);
    await records.open("docker there").update({ tag: TAG });
    const tools = {
      run: () => assert.fail("docker was run"),
      images: { find: () => Promise.reject(new Error("the daemon does not answer")) },
      signal: new AbortController().signal,
    };
    for (const place of ["docker here", "docker there"]) {
      await giveTo(parent, await deadProcess());
      await takeBackLeftovers(records, place, tools);
      assert.equal((await readdir(parent)).length, 1);
    }
  });
});
