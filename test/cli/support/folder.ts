import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Creates a folder with these files. */
export async function folderWith(files: Files): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "imgsync-cli-")));
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return folder;
}

export async function filesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}

/** Runs a script of this folder in another working directory, with the runtime that runs the tests; returns its stdout. */
export async function runScript(script: string, folder: string): Promise<string> {
  const isDeno = "Deno" in globalThis;
  const file = fileURLToPath(new URL(script, import.meta.url));
  const config = fileURLToPath(new URL("../../../deno.json", import.meta.url));
  const args = isDeno ? ["run", "-A", "--no-check", `--config=${config}`, file] : [file];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: folder,
    env: { HOME: join(folder, "no-home"), PATH: "/usr/bin:/bin", DENO_DIR: process.env["DENO_DIR"] },
  });
  return stdout;
}
