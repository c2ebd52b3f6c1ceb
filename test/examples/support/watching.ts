import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { finished, startCli } from "../../support/cli.ts";
import type { createScope } from "../../support/scope.ts";

export type Watching = {
  /** Ends with a slash. */
  readonly url: string;
  /** Resolves with the summary of the first run. */
  readonly firstRun: () => Promise<string>;
  /** Sends SIGTERM, as Kubernetes, Docker and systemd do; resolves with the exit code. */
  readonly terminate: () => Promise<number | null>;
};

/** Starts the long-running command of an example; resolves when it serves its status. */
export async function startWatching(
  { onEnd }: ReturnType<typeof createScope>,
  words: readonly string[],
  options: { readonly cwd: string; readonly environment: Readonly<Record<string, string>> },
): Promise<Watching> {
  const child = startCli(words, options);
  const ended = finished(child);
  onEnd(async () => {
    if (child.exitCode === null) child.kill("SIGKILL");
    await ended;
  });
  const lineWith = async (stream: typeof child.stdout, text: string): Promise<string> => {
    assert.ok(stream !== null);
    for await (const line of createInterface({ input: stream })) if (line.includes(text)) return line;
    throw new Error(`no line has "${text}"`);
  };
  const url = (await lineWith(child.stderr, "status on ")).replace("status on ", "");
  return {
    url,
    firstRun: () => lineWith(child.stdout, "apply: "),
    terminate: async () => {
      process.kill(child.pid ?? 0, "SIGTERM");
      return (await ended).code;
    },
  };
}
