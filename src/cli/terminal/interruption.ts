import { type System, thisSystem } from "../../files/system.ts";
import { EXIT } from "./exit-code.ts";

/** Ctrl-C and SIGTERM as one abort signal, with the exit code of the one received. */
export type Interruption = {
  /** Fires at the first signal. */
  readonly signal: AbortSignal;
  readonly exitCode: () => number;
  /** For a Ctrl-C that a prompt read as a key. */
  readonly interrupt: () => void;
  /**
   * Calls `stop` at the second signal, for work that continues after the first one. Without it, the second signal exits; with it, the third
   * does. Returns a function that takes it back.
   */
  readonly onSecond: (stop: () => void) => () => void;
};

const SHOW_CURSOR = "\u001B[?25h";

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

const THIS_PROCESS: Signalled = { on: (signal, listener) => process.on(signal, listener), exit: exitAtOnce };

/** Starts to listen. A signal that no work handles exits at once. */
export function listenForInterruption(source = THIS_PROCESS, system = thisSystem()): Interruption {
  const controller = new AbortController();
  let exitCode: number = EXIT.interrupted;
  let second: (() => void) | undefined;
  const interrupt = (): void => controller.abort(new DOMException("interrupted", "AbortError"));
  const listen = (name: Signal, code: number): void => {
    source.on(name, () => {
      if (!controller.signal.aborted) {
        exitCode = code;
        return interrupt();
      }
      const stop = second;
      second = undefined;
      if (stop === undefined) source.exit(code);
      else stop();
    });
  };
  for (const [name, code] of SIGNALS[system]) listen(name, code);
  return {
    signal: controller.signal,
    exitCode: () => exitCode,
    interrupt,
    onSecond: (stop) => {
      second = stop;
      return () => void (second = undefined);
    },
  };
}

function exitAtOnce(code: number): never {
  // a list of tasks hides the cursor
  process.stderr.write(`${process.stderr.isTTY ? SHOW_CURSOR : ""}\nstopped at once\n`);
  process.exit(code);
}
