import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** The file names under which each shell looks for completions of imgsync. */
const FILES = { bash: "imgsync.bash", zsh: "_imgsync", fish: "imgsync.fish" } as const;

/** Returns the completion scripts by file name: what `imgsync completion SHELL` prints. */
export async function completions(root: string): Promise<ReadonlyMap<string, string>> {
  const print = async ([shell, file]: readonly [string, string]): Promise<readonly [string, string]> => {
    const words = [join(root, "bin", "imgsync.js"), "completion", shell];
    return [file, (await promisify(execFile)(process.execPath, words)).stdout];
  };
  return new Map(await Promise.all(Object.entries(FILES).map(print)));
}
