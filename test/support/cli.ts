import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Enter, stay } from "./named-hosts.ts";
import { CACHE } from "./programs.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/imgsync.js", import.meta.url));
const DENO = fileURLToPath(new URL("../../node_modules/.bin/deno", import.meta.url));
// by default in the home folder, which may be a test's folder, and `deno check` would check the files in it
const DENO_DIR = process.env["DENO_DIR"] ?? join(CACHE, "deno");

export type CliOptions = {
  readonly cwd: string;
  /** Added to an environment without the user's own variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Permissions of Deno. If given, the command line runs on Deno, otherwise on the runtime of the test with all permissions. */
  readonly permissions?: readonly string[];
  /** The program to start; by default that of this checkout. */
  readonly program?: string;
  /** Runs the command with other host names than this machine's. */
  readonly enter?: Enter;
};

export type CliResult = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** The real command line: its words and its environment, with `cwd` as its home folder. */
export function commandLine(
  args: readonly string[],
  { cwd, environment = {}, permissions, program: entry = PROGRAM, enter = stay }: CliOptions,
): { readonly words: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const own = process.versions["deno"] === undefined ? [process.execPath] : deno(process.execPath, ["-A"]);
  const [program = "", ...words] = permissions === undefined ? own : deno(DENO, permissions);
  return {
    words: enter([program, ...words, entry, ...args]),
    env: { PATH: process.env["PATH"] ?? "", HOME: cwd, DENO_DIR, DENO_NO_UPDATE_CHECK: "1", ...environment },
  };
}

export function startCli(args: readonly string[], options: CliOptions): ChildProcess {
  const { words, env } = commandLine(args, options);
  const [command = "", ...rest] = words;
  return spawn(command, rest, { cwd: options.cwd, env, stdio: ["ignore", "pipe", "pipe"] });
}

function deno(program: string, permissions: readonly string[]): readonly string[] {
  return [program, "run", "--no-prompt", ...permissions];
}

/** Waits for the end of a program. The signal that ended it is added to stderr, which a failing test shows. */
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

/** Creates a folder for one test, with the given files. */
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
