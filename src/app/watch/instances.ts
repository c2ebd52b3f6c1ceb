import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type InstancesOptions = {
  /** A folder of this person alone, such as XDG_RUNTIME_DIR; what is kept lies in a folder of its own there. */
  readonly parent: string;
  readonly userId: number | undefined;
  readonly processId: number;
  /** Whether a process lives. */
  readonly isAlive: (processId: number) => boolean;
};

/** Who else on this machine keeps the same target repositories. Two of them do no harm, but twice the work. */
export type Instances = {
  /** Notes what this process keeps; the process ids of others that keep some of it too. */
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
        // one that was killed could not take its note away
        if (!isAlive(other)) await rm(join(folder, name), { force: true });
        else if ((await readNote(join(folder, name))).some((repository) => wanted.has(repository))) others.push(other);
      }
      return others;
    },
    leave: () => rm(own, { force: true }),
  };
}

/** False where somebody else has made it: then it is not to be trusted. */
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
