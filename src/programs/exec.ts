import { constants } from "node:os";
import { basename } from "node:path";
import type { Writable } from "node:stream";
import { ImgsyncError, isDenied } from "../model/error.ts";
import { maskEcho, type Secret } from "../model/secret.ts";
import type { Trace } from "../model/trace.ts";
import { batchProblem } from "./batch-file.ts";
import { childEnvironment, type Environment } from "./environment.ts";
import { findProgram, type Machine, THIS_MACHINE } from "./find-program.ts";

export type { Environment } from "./environment.ts";

export type ExecOptions = {
  /** Written to stdin, which is then closed; the only safe way to pass a secret. Without it, stdin is empty. */
  readonly input?: string | Secret;
  /** stdin stays open after the input, for a program that passes it on to a connection. */
  readonly keepsInputOpen?: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Added to the environment of every program. `undefined` removes a variable. */
  readonly environment?: Environment;
  /** For stdout and stderr separately. */
  readonly maxOutputBytes?: number;
  /** The arguments come from a file of the user and may contain a secret, so traces omit them. */
  readonly hidesArguments?: boolean;
  /** Called with each complete line, without its line ending. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
  /** Which lines `onLine` alone sees: they are not in the result, so that long output needs no memory. */
  readonly isDropped?: (line: string) => boolean;
};

/** A program killed by a signal gets the exit code that shells use: 128 plus the signal number. */
export type ExecResult = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/**
 * Runs a program until it exits, with any exit code. Its stdout may contain secrets; the caller must handle them.
 * @throws ProgramError if it could not run until it exited; AbortError if the signal fired
 */
export type Exec = (program: string, args: readonly string[], options: ExecOptions) => Promise<ExecResult>;

/** `denied`: Deno has no permission to run it. */
export type ProgramProblem = "missing" | "denied" | "not-started" | "timeout" | "output";

/** The error for a program that could not run until it exited. `problem` lets callers handle it. */
export class ProgramError extends ImgsyncError {
  readonly problem: ProgramProblem;
  readonly hint: string;

  constructor(problem: ProgramProblem, message: string, hint: string) {
    super({
      code: problem === "timeout" || problem === "output" ? "LIMIT_EXCEEDED" : "UNSUPPORTED",
      message,
      hint,
    });
    this.problem = problem;
    this.hint = hint;
  }
}

const MAX_OUTPUT_BYTES = 1024 * 1024;
const KILL_AFTER_MS = 2000;

/**
 * The only way to start programs: found only in absolute PATH entries, never through a shell, in a process group that is killed as a whole,
 * and without variables that change how programs load or that configure imgsync. Threats T10 and T11. On Windows, batch files need cmd.exe,
 * so they get only arguments that cmd.exe does not interpret. Threat T26.
 */
export function createExec({
  environment,
  trace,
  machine = THIS_MACHINE,
}: {
  readonly environment: Environment;
  readonly trace?: Trace | undefined;
  readonly machine?: Machine;
}): Exec {
  return async (program, args, options) => {
    options.signal.throwIfAborted();
    const own = childEnvironment(environment, options.environment ?? {}, machine.system);
    const file = await findProgram(program, own, machine);
    if (file === undefined) throw missing(program);
    const problem = batchProblem(file, args, machine.system);
    if (problem !== undefined) throw unsafe(program, problem);
    const task = { file, args, environment: own, options };
    return trace === undefined ? run(task) : traceRun(task, trace);
  };
}

type Run = {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Record<string, string>;
  readonly options: ExecOptions;
};

async function run({ file, args, environment, options }: Run): Promise<ExecResult> {
  const { execa } = await import("execa");
  const subprocess = execa(file, args, {
    env: environment,
    extendEnv: false,
    reject: false,
    shell: false,
    stripFinalNewline: false,
    killDescendants: true,
    forceKillAfterDelay: KILL_AFTER_MS,
    timeout: options.timeoutMs,
    cancelSignal: options.signal,
    maxBuffer: options.maxOutputBytes ?? MAX_OUTPUT_BYTES,
    encoding: "utf8",
    ...inputOf(options),
    stdout: outputOf("stdout", options),
    stderr: outputOf("stderr", options),
  });
  if (options.keepsInputOpen === true) writeInput(subprocess.stdin, options.input);
  const result = await subprocess;
  if (result.isCanceled) options.signal.throwIfAborted();
  const name = basename(file);
  if (result.timedOut) throw timedOut(name, options.timeoutMs);
  if (result.isMaxBuffer) throw tooMuch(name);
  const exitCode = exitCodeOf(result);
  if (exitCode === undefined) throw notStarted(name, result);
  return { exitCode, stdout: result.stdout ?? "", stderr: maskEcho(result.stderr ?? "") };
}

async function traceRun(task: Run, trace: Trace): Promise<ExecResult> {
  const start = performance.now();
  const end = (exitCode: number | undefined): void =>
    trace({
      type: "program",
      file: task.file,
      arguments: task.options.hidesArguments === true ? undefined : task.args,
      exitCode,
      milliseconds: Math.round(performance.now() - start),
    });
  try {
    const result = await run(task);
    end(result.exitCode);
    return result;
  } catch (thrown) {
    end(undefined);
    throw thrown;
  }
}

function inputOf({
  input,
  keepsInputOpen = false,
}: ExecOptions): { input: string } | { stdin: "ignore" } | { stdin: "pipe" } {
  if (keepsInputOpen) return { stdin: "pipe" };
  return input === undefined ? { stdin: "ignore" } : { input: revealed(input) };
}

function writeInput(stdin: Writable | null, input: string | Secret = ""): void {
  // a program that exits early closes the pipe; its exit code says why
  stdin?.on("error", () => undefined);
  stdin?.write(revealed(input));
}

function revealed(input: string | Secret): string {
  return typeof input === "string" ? input : input.reveal();
}

/** Splits lines with execa's transform, which sees the output before it is buffered. */
function outputOf(stream: "stdout" | "stderr", { onLine, isDropped }: ExecOptions): "pipe" | LineTransform {
  if (onLine === undefined && isDropped === undefined) return "pipe";
  return {
    preserveNewlines: true,
    transform: function* (line) {
      const text = String(line).replace(/\r?\n$/, "");
      onLine?.(text, stream);
      if (isDropped?.(text) !== true) yield line;
    },
  };
}

type LineTransform = { readonly preserveNewlines: true; readonly transform: (line: unknown) => Generator };

function exitCodeOf(result: { readonly exitCode?: number; readonly signal?: string }): number | undefined {
  if (result.exitCode !== undefined) return result.exitCode;
  if (result.signal === undefined) return undefined;
  const number = new Map<string, number>(Object.entries(constants.signals)).get(result.signal);
  return 128 + (number ?? 0);
}

function missing(program: string): ProgramError {
  return new ProgramError(
    "missing",
    `"${program}" is not a program on the PATH`,
    "install it, or add its folder to PATH; relative PATH entries are not searched",
  );
}

function unsafe(program: string, problem: string): ProgramError {
  return new ProgramError(
    "not-started",
    `"${program}" was not started: ${problem}`,
    "put the program's .exe file on the PATH, before the batch file",
  );
}

/** Reports only the system's error code: execa's message repeats arguments and output. */
function notStarted(name: string, { code, cause }: { readonly code?: string; readonly cause?: unknown }): ProgramError {
  if (isDenied(cause)) {
    const hint = `start it with --allow-run=${name}; docs/runtimes.md says what else a program needs`;
    return new ProgramError("denied", `Deno was not given the permission to run "${name}"`, hint);
  }
  const reason = code === undefined ? "" : ` (${code})`;
  return new ProgramError("not-started", `"${name}" could not be started${reason}`, "try to run it by hand");
}

function timedOut(name: string, timeoutMs: number): ProgramError {
  return new ProgramError(
    "timeout",
    `"${name}" did not finish within ${describeTime(timeoutMs)} and was stopped`,
    "run it by hand to see what it waits for",
  );
}

function describeTime(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  return seconds < 3600 ? `${seconds} s` : `${seconds / 3600} hours`;
}

function tooMuch(name: string): ProgramError {
  return new ProgramError(
    "output",
    `"${name}" printed too much and was stopped`,
    "run it by hand to see what it prints",
  );
}
