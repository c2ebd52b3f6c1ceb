import type { ChildProcess } from "node:child_process";
import { mkdir, realpath, rm, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { finished, startCli } from "../../test/support/cli.ts";
import type { RegistryOptions } from "../../test/support/embedded-registry/options.ts";
import { type EmbeddedRegistry, startRegistry } from "../../test/support/embedded-registry/registry.ts";

/** The environment of a scenario: two registries, a folder, and the real command line. Pages show fixed names and times. */
export type Stage = {
  /** Shown as 127.0.0.1:5001. */
  readonly upstream: EmbeddedRegistry;
  /** Shown as 127.0.0.1:5002. */
  readonly ours: EmbeddedRegistry;
  readonly folder: string;
  /** Writes a file. The shown addresses in it are replaced by the real ones. */
  readonly write: (name: string, text: string) => Promise<void>;
  readonly read: (name: string) => Promise<string>;
  /** Runs `imgsync ARGUMENTS` and returns the terminal output, preceded by the command. */
  readonly run: (args: string, options?: RunOptions) => Promise<string>;
  /** Replaces text that changes from run to run, such as the current date, on the page. */
  readonly show: (actual: string, shown: string) => void;
};

export type RunOptions = {
  /** Shown instead of `imgsync ARGUMENTS`. */
  readonly command?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Stops the program once its output contains this. */
  readonly until?: string;
  /** Only return stdout, without the command. */
  readonly onlyStdout?: boolean;
  /** Show stdout before stderr, for a command that prints a result and then fails. */
  readonly stdoutFirst?: boolean;
};

const SHOWN_UPSTREAM = "127.0.0.1:5001";
const SHOWN_OURS = "127.0.0.1:5002";

export async function withStage<T>(
  play: (stage: Stage) => Promise<T>,
  { upstream: upstreamOptions = {}, ours: oursOptions = {} }: StageOptions = {},
): Promise<T> {
  const upstream = await startOnShortPort(5100, upstreamOptions);
  const ours = await startOnShortPort(7500, oursOptions);
  const folder = await realpath(await mkdtemp(join(tmpdir(), "imgsync-docs-")));
  try {
    return await play(createStage({ upstream, ours, folder }));
  } finally {
    await Promise.all([upstream.stop(), ours.stop(), rm(folder, { recursive: true, force: true })]);
  }
}

export type StageOptions = { readonly upstream?: RegistryOptions; readonly ours?: RegistryOptions };

/** Columns are padded and hosts are sorted, so the real ports have as many digits as the shown ones, and the same order. */
async function startOnShortPort(first: number, options: RegistryOptions): Promise<EmbeddedRegistry> {
  const offset = process.pid % 1000;
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    const port = first + ((offset + attempt) % 1000);
    if (await isFree(port)) return startRegistry({ ...options, port });
  }
  throw new Error("no free port with four digits");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function createStage({ upstream, ours, folder }: Pick<Stage, "upstream" | "ours" | "folder">): Stage {
  const replacements: [string, string][] = [
    [upstream.host, SHOWN_UPSTREAM],
    [ours.host, SHOWN_OURS],
  ];
  const toShown = (text: string): string =>
    replacements.reduce((result, [actual, shown]) => result.replaceAll(actual, shown), withFixedTimes(text));
  const toActual = (text: string): string =>
    text.replaceAll(SHOWN_UPSTREAM, upstream.host).replaceAll(SHOWN_OURS, ours.host);
  return {
    upstream,
    ours,
    folder,
    write: async (name, text) => {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), toActual(text));
    },
    read: async (name) => toShown(await readFile(join(folder, name), "utf8")),
    run: async (args, options = {}) => {
      const { command = `imgsync ${args}`, environment = {}, until, onlyStdout = false, stdoutFirst = false } = options;
      const child = startCli(wordsOf(toActual(args)), { cwd: folder, environment: { ...QUIET, ...environment } });
      if (until !== undefined) endAt(child, until);
      const { stdout, stderr } = await finished(child);
      const both = stdoutFirst ? `${stdout}${stderr}` : `${stderr}${stdout}`;
      return toShown(onlyStdout ? stdout : `$ ${command}\n${both}`);
    },
    show: (actual, shown) => replacements.push([actual, shown]),
  };
}

/** Sends one signal: a second one would interrupt what the first allows to finish. */
function endAt(child: ChildProcess, text: string): void {
  const output: string[] = [];
  const onData = (chunk: Buffer | string): void => {
    output.push(String(chunk));
    if (!output.join("").includes(text)) return;
    child.stdout?.off("data", onData);
    // Deno reports a child as killed by the signal that its own kill() sent, even if the child exits with a code
    process.kill(child.pid ?? 0, "SIGTERM");
  };
  child.stdout?.on("data", onData);
}

/** No programs on the PATH and one change at a time, for the same output on every machine. */
const QUIET = { PATH: "/nonexistent", XDG_RUNTIME_DIR: "/run/user/1000", IMGSYNC_CONCURRENCY: "1" };

function withFixedTimes(text: string): string {
  return text
    .replaceAll(/\bin \d+(?:\.\d+)? m?s\b/g, "in 0.2 s")
    .replaceAll(/status on http:\/\/127\.0\.0\.1:\d+\//g, "status on http://127.0.0.1:8080/");
}

/** Splits at spaces, except within single quotes, as in a shell. */
function wordsOf(args: string): readonly string[] {
  return Array.from(args.matchAll(/'([^']*)'|[^\s']+/g), ([word, quoted]) => quoted ?? word);
}
