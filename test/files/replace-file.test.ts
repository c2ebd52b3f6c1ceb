import assert from "node:assert/strict";
import { chmod, lstat, mkdtemp, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readFileState } from "../../src/credentials/read-file-state.ts";
import { type FileState, replaceFile as replace } from "../../src/files/replace-file.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const onEnd = cleanUpAfterEach();

async function place() {
  const folder = await mkdtemp(join(tmpdir(), "imgsync-replace-"));
  onEnd(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "docker", "config.json");
  return { folder, path, file: { path, name: "config.json" } };
}

async function filled(text: string) {
  const made = await place();
  await mkdir(join(made.folder, "docker"));
  await writeFile(made.path, text);
  return made;
}

const replaceFile = (state: FileState, text: string) => replace(state, text, "owner");
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe("replacing a file", () => {
  it("creates the folder and the file with access for the owner only", async () => {
    const { folder, path, file } = await place();
    await replaceFile(await readFileState(file), "new");
    assert.equal(await readFile(path, "utf8"), "new");
    assert.equal(await modeOf(path), 0o600);
    assert.equal(await modeOf(join(folder, "docker")), 0o700);
  });

  it("leaves no other file behind, and restricts access to the owner", async () => {
    const { folder, path, file } = await filled("old");
    await chmod(path, 0o644);
    await replaceFile(await readFileState(file), "new");
    assert.equal(await readFile(path, "utf8"), "new");
    assert.equal(await modeOf(path), 0o600);
    assert.deepEqual(await readdir(join(folder, "docker")), ["config.json"]);
  });

  it("writes the file that a link points to, and keeps the link", async () => {
    const { folder, path } = await filled("old");
    const link = join(folder, "link.json");
    await symlink("docker/config.json", link);
    await replaceFile(await readFileState({ path: link, name: "link.json" }), "new");
    assert.equal(await readFile(path, "utf8"), "new");
    assert.ok((await lstat(link)).isSymbolicLink());
    assert.deepEqual((await readdir(folder)).toSorted(), ["docker", "link.json"]);
  });

  it("refuses a dangling link", async () => {
    const { folder } = await place();
    const link = join(folder, "link.json");
    await symlink("gone.json", link);
    await assert.rejects(readFileState({ path: link, name: "link.json" }), /link\.json is a dangling link/);
  });

  it("writes nothing if another program changed or created the file meanwhile", async () => {
    const changed = await filled("old");
    const state = await readFileState(changed.file);
    await writeFile(changed.path, "theirs");
    await assert.rejects(replaceFile(state, "new"), /changed by another program in the meantime/);
    assert.equal(await readFile(changed.path, "utf8"), "theirs");
    assert.deepEqual(await readdir(join(changed.folder, "docker")), ["config.json"]);

    const created = await place();
    const none = await readFileState(created.file);
    await mkdir(join(created.folder, "docker"));
    await writeFile(created.path, "theirs");
    await assert.rejects(replaceFile(none, "new"), { code: "OUTPUT_FAILED" });
    assert.equal(await readFile(created.path, "utf8"), "theirs");
  });

  it("does not replace a read-only file, even if the system allows it", async () => {
    const { path, file } = await filled("old");
    await chmod(path, 0o400);
    await assert.rejects(replaceFile(await readFileState(file), "new"), /config\.json is read-only/);
    assert.equal(await readFile(path, "utf8"), "old");
  });

  it("refuses a path that is a folder, and a folder that is a file", async () => {
    const { folder, path, file } = await place();
    await mkdir(path, { recursive: true });
    await assert.rejects(readFileState(file), /config\.json is a folder/);
    await writeFile(join(folder, "plain"), "");
    const below = { path: join(folder, "plain", "config.json"), name: "below" };
    await assert.rejects(replaceFile(await readFileState(below), "new"), { code: "OUTPUT_FAILED" });
  });

  it("keeps the permissions of a file that is not private, and applies the umask to a new one", async () => {
    const { folder, path, file } = await filled("old");
    for (const rights of [0o600, 0o664]) {
      await chmod(path, rights);
      await replace(await readFileState(file), `new ${rights}`, "as before");
      assert.equal(await modeOf(path), rights);
    }
    const other = { path: join(folder, "docker", "other"), name: "other" };
    await replace(await readFileState(other), "new", "as before");
    assert.equal(await modeOf(other.path), 0o666 & ~process.umask());
  });
});
