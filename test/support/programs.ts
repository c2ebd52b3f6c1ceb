import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, appendFileSync, constants, existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import type { TestContext } from "node:test";
import table from "./programs.json" with { type: "json" };

/** Real programs that the integration tests use; the test runner installs or builds them. */
const PROGRAMS = {
  debian: new Map(Object.entries<string>(table.debian)),
  sid: new Map(Object.entries<string>(table.sid.programs)),
  go: new Map(Object.entries<{ readonly version: string; readonly module: string }>(table.go)),
  npm: new Map(Object.entries<{ readonly version: string; readonly file: string }>(table.npm)),
};

/** The folder of the programs that the test runner has built and fetched. */
export const CACHE = join(homedir(), ".cache", "imgsync-test");

export type ProgramName =
  | keyof typeof table.debian
  | keyof typeof table.sid.programs
  | keyof typeof table.go
  | keyof typeof table.npm;

/** The folder of the programs of Debian's development branch, which scripts/test-runner/debian-sid.mjs installs. */
export const SID_FOLDER = join(
  CACHE,
  `debian-sid-${createHash("sha256").update(table.sid.packages.join(" ")).digest("hex").slice(0, 12)}`,
);

/** A script of an npm package is not executable: Node.js runs it. */
function isThere(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}

/** Returns the full path of a program that was built or fetched for the tests, or else of one on the PATH. */
export function findProgram(name: string): string | undefined {
  const fetched = PROGRAMS.sid.get(name);
  if (fetched !== undefined && isExecutable(join(SID_FOLDER, fetched))) return join(SID_FOLDER, fetched);
  const script = PROGRAMS.npm.get(name);
  if (script !== undefined) return isThere(join(CACHE, `${name}-${script.version}`, script.file));
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const version = PROGRAMS.go.get(name)?.version;
  const built = version === undefined ? [] : [join(CACHE, `${name}-${version}`)];
  return [...built, ...folders].map((folder) => join(folder, name)).find(isExecutable);
}

/**
 * Whether the test can use these programs. A missing one skips the test with a reason; with `CI=true` it fails, because tests
 * that never run prove nothing. The test must return at once if the result is false.
 */
export function requirePrograms(t: TestContext, ...names: readonly ProgramName[]): boolean {
  const missing = names.filter((name) => findProgram(name) === undefined);
  if (missing.length === 0) return true;
  const reason = `not on the PATH: ${missing.map((name) => `${name} (${originOf(name)})`).join(", ")}`;
  if (process.env["CI"] === "true") throw new Error(`this test must run in CI, but ${reason}`);
  skip(t, reason);
  return false;
}

function originOf(name: ProgramName): string {
  const source = PROGRAMS.go.get(name);
  if (source !== undefined) return `Go: ${source.module}@${source.version}`;
  const script = PROGRAMS.npm.get(name);
  if (script !== undefined) return `npm: ${name}@${script.version}, fetched by npm test`;
  if (PROGRAMS.sid.has(name)) return `Debian ${table.sid.debian}: fetched by npm test`;
  return `Debian: apt-get install ${PROGRAMS.debian.get(name) ?? name}`;
}

/** Whether the test runs as root, which its daemons need. Otherwise it is skipped with a reason, in CI too. */
export function requireRoot(t: TestContext): boolean {
  if (process.getuid?.() === 0) return true;
  skip(t, "needs to be root");
  return false;
}

/** Like {@link requirePrograms}, for one program. */
export function requireProgram(t: TestContext, name: ProgramName): boolean {
  return requirePrograms(t, name);
}

/**
 * Like {@link requireProgram}, for a program without a Debian package: if it is missing, the test is skipped in CI too.
 */
export function requireForeignProgram(t: TestContext, name: string): boolean {
  if (findProgram(name) !== undefined) return true;
  skip(t, `not on the PATH: ${name}`);
  return false;
}

export type Finished = { readonly code: number | null; readonly stdout: Uint8Array; readonly stderr: string };

/** Runs a program to its end, with `input` or nothing on stdin. Never throws for an exit code. */
export function runProgram(
  name: string,
  args: readonly string[],
  { env, input, cwd }: { env?: Readonly<Record<string, string>>; input?: string; cwd?: string } = {},
): Promise<Finished> {
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  const child = spawn(name, args, { stdio: ["pipe", "pipe", "pipe"], cwd, env: { ...process.env, ...env } });
  // a program that reads nothing may have exited before the input is written
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const stdout: Uint8Array[] = [];
  const stderr: Uint8Array[] = [];
  child.stdout.on("data", (chunk: Uint8Array) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Uint8Array) => stderr.push(chunk));
  child.once("error", reject);
  child.once("close", (code, signal) => {
    const ending = code === null ? `\n(no exit code: ended by ${signal ?? "an unknown signal"})\n` : "";
    resolve({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString("utf8") + ending });
  });
  return promise;
}

/** Like {@link runProgram}, but throws the program's message for any exit code other than 0. */
export async function runProgramOk(name: string, args: readonly string[]): Promise<Finished> {
  const finished = await runProgram(name, args);
  if (finished.code === 0) return finished;
  throw new Error(`${name} ${args[0] ?? ""} exited with ${String(finished.code)}: ${finished.stderr.trim()}`);
}

/** Skips a test with a reason, and logs it for the test runner, because Deno counts a test that skips itself as passed. */
export function skip(t: TestContext, reason: string): void {
  t.skip(reason);
  const file = process.env["IMGSYNC_TEST_SKIP_LOG"];
  if (file !== undefined) appendFileSync(file, `${t.fullName}: ${reason}\n`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
