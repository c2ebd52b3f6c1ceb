import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { makePrivateFolder, removeLeftovers } from "../../../src/programs/docker/private-folder.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

async function makeParent(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), "imgsync-private-"));
  cleanUp(() => rm(parent, { recursive: true, force: true }));
  return parent;
}

/** Returns the ID of a process that has just exited. */
async function deadProcess(): Promise<number> {
  const child = spawn("true");
  await new Promise((resolve) => child.once("close", resolve));
  return child.pid ?? 0;
}

describe("a private folder", () => {
  it("can be read only by its owner, has the process ID in its name, and can be removed", async () => {
    const parent = await makeParent();
    const folder = await makePrivateFolder([parent], { "config.json": "{}" });
    assert.ok(folder.path.startsWith(join(parent, `imgsync-docker-${process.pid}-`)));
    assert.equal((await stat(folder.path)).mode & 0o777, 0o700);
    assert.equal((await stat(join(folder.path, "config.json"))).mode & 0o777, 0o600);
    assert.equal(await readFile(join(folder.path, "config.json"), "utf8"), "{}");
    await folder.remove();
    assert.deepEqual(await readdir(parent), []);
  });

  it("is created in the next parent when the first one does not exist", async () => {
    const parent = await makeParent();
    const folder = await makePrivateFolder([join(parent, "gone"), parent], {});
    assert.ok(folder.path.startsWith(parent));
    await folder.remove();
  });

  it("of a dead process is removed, but not one of a live process, and not a link", async () => {
    const parent = await makeParent();
    const dead = await deadProcess();
    const mine = await makePrivateFolder([parent], { "config.json": "mine" });
    const target = join(parent, "elsewhere");
    await mkdir(target);
    await writeFile(join(target, "kept"), "");
    await mkdir(join(parent, `imgsync-docker-${dead}-left`));
    await writeFile(join(parent, `imgsync-docker-${dead}-left`, "config.json"), "old secret");
    await mkdir(join(parent, `imgsync-docker-${process.ppid}-alive`));
    await symlink(target, join(parent, `imgsync-docker-${dead}-link`));
    await removeLeftovers(parent);
    const left = await readdir(parent);
    assert.ok(!left.includes(`imgsync-docker-${dead}-left`));
    assert.ok(left.includes(`imgsync-docker-${process.ppid}-alive`));
    assert.ok(left.includes(mine.path.slice(parent.length + 1)));
    assert.deepEqual(await readdir(target), ["kept"]);
    await mine.remove();
  });
});
