import { type System, thisSystem } from "../../files/system.ts";
import { EXIT } from "./exit-code.ts";

/** Ctrl-C and SIGTERM as one abort signal, with the exit code of the one received. */
export type Interruption = {
  readonly signal: AbortSignal;
  readonly exitCode: () => number;
  /** For a Ctrl-C that a prompt read as a key. */
  readonly interrupt: () => void;
};

type Signal = "SIGINT" | "SIGTERM" | "SIGBREAK";

/** Windows has no SIGTERM; SIGBREAK is its Ctrl-Break, which also stops a process in its own group. */
const SIGNALS: Readonly<Record<System, readonly (readonly [Signal, number])[]>> = {
  posix: [
    ["SIGINT", EXIT.interrupted],
    ["SIGTERM", EXIT.terminated],
  ],
  windows: [
    ["SIGINT", EXIT.interrupted],
    ["SIGBREAK", EXIT.interrupted],
  ],
};

/** What delivers signals: the process, except in tests. */
export type Signalled = {
  readonly on: (signal: Signal, listener: () => void) => unknown;
  readonly exit: (code: number) => void;
};

/** The first signal starts an orderly shutdown; a second one exits at once. */
export function listenForInterruption(source: Signalled = process, system = thisSystem()): Interruption {
  const controller = new AbortController();
  let exitCode: number = EXIT.interrupted;
  const interrupt = (): void => controller.abort(new DOMException("interrupted", "AbortError"));
  for (const [name, code] of SIGNALS[system]) {
    source.on(name, () => {
      if (controller.signal.aborted) source.exit(code);
      exitCode = code;
      interrupt();
    });
  }
  return { signal: controller.signal, exitCode: () => exitCode, interrupt };
}
