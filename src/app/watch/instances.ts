import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type InstancesOptions = {
  /** A folder that only this user can access, such as XDG_RUNTIME_DIR. Notes are kept in a subfolder of it. */
  readonly parent: string;
  readonly userId: number | undefined;
  readonly processId: number;
  /** Whether a process is running. */
  readonly isAlive: (processId: number) => boolean;
};

/** Finds other processes on this machine that watch the same target repositories. Running two is harmless, but doubles the work. */
export type Instances = {
  /** Records the repositories of this process; returns the ids of other processes that share some of them. */
  readonly note: (repositories: readonly string[]) => Promise<readonly number[]>;
  readonly leave: () => Promise<void>;
};

const MOST_BYTES = 4_000_000;

export function createInstances({ parent, userId, processId, isAlive }: InstancesOptions): Instances {
  const folder = join(parent, `imgsync-watch-${userId ?? 0}`);
  const own = join(folder, String(processId));
  return {
    note: async (repositories) => {
      if (!(await makeOwnFolder(folder, userId))) return [];
      await writeFile(`${own}.new`, repositories.join("\n"), { mode: 0o600 });
      await rename(`${own}.new`, own);
      const wanted = new Set(repositories);
      const others: number[] = [];
      for (const name of await readdir(folder)) {
        const other = /^[1-9][0-9]{0,9}$/.test(name) ? Number(name) : processId;
        if (other === processId) continue;
        // a process that was killed could not remove its note
        if (!isAlive(other)) await rm(join(folder, name), { force: true });
        else if ((await readNote(join(folder, name))).some((repository) => wanted.has(repository))) others.push(other);
      }
      return others;
    },
    leave: () => rm(own, { force: true }),
  };
}

/** Returns false if another user owns the folder: it is not to be trusted. */
async function makeOwnFolder(folder: string, userId: number | undefined): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  return found.isDirectory() && (userId === undefined || found.uid === userId);
}

async function readNote(file: string): Promise<readonly string[]> {
  const found = await lstat(file).catch(() => undefined);
  if (found?.isFile() !== true || found.size > MOST_BYTES) return [];
  return (await readFile(file, "utf8").catch(() => "")).split("\n");
}
