import { spawn } from "node:child_process";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { CommandLine } from "./named-hosts.ts";

/** A program that runs until it is stopped. */
export type Daemon = {
  /** Returns the end of its output on stderr. */
  readonly log: () => string;
  /** Resolves with true when it is ready, and with false if it exits before that or takes too long. */
  readonly untilReady: (isReady: () => Promise<boolean>) => Promise<boolean>;
  /** Stops it, with time to stop its own children, and kills it if it does not stop. */
  readonly end: () => Promise<void>;
  /** Kills it at once. */
  readonly kill: () => Promise<void>;
};

const START_MILLISECONDS = 60_000;
const STOP_MILLISECONDS = 15_000;
const POLL_MILLISECONDS = 20;
const LOG_CHARACTERS = 4000;

/** Starts a program with the PATH and this environment, which may override it. It ends with the test's process. */
export function startDaemon(
  [program, ...args]: CommandLine,
  environment: Readonly<Record<string, string>> = {},
): Daemon {
  const child = spawn(program, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env["PATH"] ?? "", ...environment },
  });
  const kill = (): void => void child.kill("SIGTERM");
  process.once("exit", kill);
  let hasEnded = false;
  const isAlive = (): boolean => !hasEnded;
  let log = "";
  child.stderr.on("data", (chunk: Uint8Array) => {
    log = (log + Buffer.from(chunk).toString("utf8")).slice(-LOG_CHARACTERS);
  });
  const exited = new Promise<void>((resolve) => {
    const settle = (): void => {
      hasEnded = true;
      process.off("exit", kill);
      resolve();
    };
    child.once("exit", settle);
    child.once("error", settle);
  });
  return {
    log: () => log.trim(),
    untilReady: async (isReady) => {
      const deadline = performance.now() + START_MILLISECONDS;
      while (isAlive() && performance.now() < deadline) {
        if (await isReady()) return isAlive();
        await sleep(POLL_MILLISECONDS);
      }
      return false;
    },
    end: async () => {
      if (hasEnded) return;
      child.kill("SIGTERM");
      const patience = new AbortController();
      const late = sleep(STOP_MILLISECONDS, "late", { signal: patience.signal }).catch(() => "ended");
      const first = await Promise.race([exited, late]);
      patience.abort();
      // not child.kill: Deno delivers only the first signal that way
      if (first === "late" && child.pid !== undefined && isAlive()) process.kill(child.pid, "SIGKILL");
      await exited;
    },
    kill: async () => {
      if (child.pid !== undefined && isAlive()) process.kill(child.pid, "SIGKILL");
      await exited;
    },
  };
}
