import { EXIT } from "./exit-code.ts";

/** Ctrl-C and SIGTERM as one abort signal, with the exit code of the one received. */
export type Interruption = {
  readonly signal: AbortSignal;
  readonly exitCode: () => number;
  /** For a Ctrl-C that a prompt read as a key. */
  readonly interrupt: () => void;
};

/** The first signal starts an orderly shutdown; a second one exits at once. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  let exitCode: number = EXIT.interrupted;
  const listen = (name: "SIGINT" | "SIGTERM", code: number): void => {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(code);
      exitCode = code;
      interrupt();
    });
  };
  const interrupt = (): void => controller.abort(new DOMException("interrupted", "AbortError"));
  listen("SIGINT", EXIT.interrupted);
  listen("SIGTERM", EXIT.terminated);
  return { signal: controller.signal, exitCode: () => exitCode, interrupt };
}
