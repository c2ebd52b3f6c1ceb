import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Enter, stay } from "./named-hosts.ts";
import { CACHE } from "./programs.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/imgsync.js", import.meta.url));
const DENO = fileURLToPath(new URL("../../node_modules/.bin/deno", import.meta.url));
// Deno would put it into the home folder, which may be one of the sources here: `deno check` then checks what lies in it
const DENO_DIR = process.env["DENO_DIR"] ?? join(CACHE, "deno");

export type CliOptions = {
  readonly cwd: string;
  /** Added to an environment that has nothing of the person's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Deno's; with them it runs on Deno, whatever runs the test. By default all, on the runtime that runs the test. */
  readonly permissions?: readonly string[];
  /** The command line to start; by default this checkout's. */
  readonly program?: string;
  /** Where names lead elsewhere than on this machine. */
  readonly enter?: Enter;
};

export type CliResult = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** The real command line, with a home folder that is empty. */
export function startCli(
  args: readonly string[],
  { cwd, environment = {}, permissions, program: entry = PROGRAM, enter = stay }: CliOptions,
): ChildProcess {
  const own = process.versions["deno"] === undefined ? [process.execPath] : deno(process.execPath, ["-A"]);
  const [program = "", ...words] = permissions === undefined ? own : deno(DENO, permissions);
  const [command, ...rest] = enter([program, ...words, entry, ...args]);
  return spawn(command, rest, {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: cwd, DENO_DIR, DENO_NO_UPDATE_CHECK: "1", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function deno(program: string, permissions: readonly string[]): readonly string[] {
  return [program, "run", "--no-prompt", ...permissions];
}

/** How it ended. What ended it stands below what it said to stderr, since that is what a test shows that fails. */
export async function finished(child: ChildProcess): Promise<CliResult> {
  const out: string[] = [];
  const errors: string[] = [];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => out.push(text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => errors.push(text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === null) errors.push(`\n(no exit code: ended by ${signal ?? "an unknown signal"})\n`);
      resolve({ code, signal, stdout: out.join(""), stderr: errors.join("") });
    });
  });
}

export function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return finished(startCli(args, options));
}

/** A folder for one test, with the files that it is given. */
export async function makeFolder(files: Readonly<Record<string, string>> = {}): Promise<{
  readonly path: string;
  readonly write: (name: string, text: string) => Promise<void>;
  readonly read: (name: string) => Promise<string>;
  readonly remove: () => Promise<void>;
}> {
  const path = await mkdtemp(join(tmpdir(), "imgsync-test-"));
  const write = (name: string, text: string): Promise<void> => writeFile(join(path, name), text);
  for (const [name, text] of Object.entries(files)) await write(name, text);
  return {
    path,
    write,
    read: (name) => readFile(join(path, name), "utf8"),
    remove: () => rm(path, { recursive: true, force: true }),
  };
}
