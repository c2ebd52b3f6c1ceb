import assert from "node:assert/strict";
import {
  chmod,
  lstat,
  mkdtemp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { systemClock } from "../../src/async/system-clock.ts";
import { readFileState } from "../../src/credentials/read-file-state.ts";
import { type Disk, diskOf } from "../../src/files/disk.ts";
import { type FileState, replaceFile as replace } from "../../src/files/replace-file.ts";
import { toErrorDetails } from "../../src/model/error.ts";
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

const disk = diskOf(systemClock);
const replaceFile = (state: FileState, text: string) => replace(state, text, "owner", disk);
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
      await replace(await readFileState(file), `new ${rights}`, "as before", disk);
      assert.equal(await modeOf(path), rights);
    }
    const other = { path: join(folder, "docker", "other"), name: "other" };
    await replace(await readFileState(other), "new", "as before", disk);
    assert.equal(await modeOf(other.path), 0o666 & ~process.umask());
  });
});

/** The disk of a Windows machine, where another program has the file open during the first `tries` tries to replace it. */
function busyDisk(tries: number, { code = "EPERM", meanwhile = async () => undefined }: Busy = {}) {
  const waits: number[] = [];
  let left = tries;
  const windows: Disk = {
    system: "windows",
    rename: async (from, to) => {
      left -= 1;
      if (left >= 0) throw Object.assign(new Error(`${code}: C:\\Users\\me`), { code });
      await rename(from, to);
    },
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
      await meanwhile();
    },
  };
  return { disk: windows, waits };
}

type Busy = { readonly code?: string; readonly meanwhile?: () => Promise<void> };

describe("replacing a file on Windows", () => {
  it("waits for a short time while another program has the file open", async () => {
    for (const code of ["EPERM", "EACCES", "EBUSY"]) {
      const { path, file } = await filled("old");
      const { disk: windows, waits } = busyDisk(3, { code });
      await replace(await readFileState(file), "new", "owner", windows);
      assert.equal(await readFile(path, "utf8"), "new");
      assert.deepEqual(waits, [10, 20, 40]);
    }
  });

  it("gives up after less than two seconds, keeps the old file, and leaves no other file behind", async () => {
    const { folder, path, file } = await filled("old");
    const { disk: windows, waits } = busyDisk(Infinity);
    await assert.rejects(replace(await readFileState(file), "new", "owner", windows), (thrown) => {
      const { code, message, hint } = toErrorDetails(thrown);
      assert.equal(code, "OUTPUT_FAILED");
      assert.equal(message, "config.json cannot be written (EPERM)");
      assert.match(hint ?? "", /^close the programs that have it open/);
      return true;
    });
    const total = waits.reduce((sum, wait) => sum + wait, 0);
    assert.ok(total > 1000 && total < 2000, `${total}`);
    assert.equal(await readFile(path, "utf8"), "old");
    assert.deepEqual(await readdir(join(folder, "docker")), ["config.json"]);
  });

  it("never overwrites what another program wrote while it waited", async () => {
    const { path, file } = await filled("old");
    const { disk: windows } = busyDisk(1, { meanwhile: () => writeFile(path, "theirs") });
    const replacing = replace(await readFileState(file), "new", "owner", windows);
    await assert.rejects(replacing, /changed by another program in the meantime/);
    assert.equal(await readFile(path, "utf8"), "theirs");
  });

  it("does not wait for other errors, nor on other systems", async () => {
    const full = await filled("old");
    const { disk: windows, waits } = busyDisk(1, { code: "ENOSPC" });
    await assert.rejects(replace(await readFileState(full.file), "new", "owner", windows), /ENOSPC/);
    const posix: Disk = { ...busyDisk(1, { meanwhile: () => assert.fail("waited") }).disk, system: "posix" };
    await assert.rejects(replace(await readFileState(full.file), "new", "owner", posix), /EPERM/);
    assert.deepEqual(waits, []);
  });

  it("changes no permissions, which the folder of the file decides", async () => {
    const { path, file } = await filled("old");
    await chmod(path, 0o640);
    await replace(await readFileState(file), "new", "owner", busyDisk(0).disk);
    assert.equal(await modeOf(path), 0o666 & ~process.umask());
  });
});
