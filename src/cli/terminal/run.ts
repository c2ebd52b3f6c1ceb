import type { Context } from "./context.ts";

/**
 * The work of a command: takes the process, its flags and its argument if it has one; resolves to the exit code. `words` are the parts of an
 * argument that may be repeated.
 */
export type Work<Flags> = (
  context: Context,
  flags: Flags,
  argument?: string,
  words?: readonly string[],
) => Promise<number>;

/** Turns the work of a command into an action for commander. */
export type Run = (work: Work<never>) => (...args: readonly unknown[]) => Promise<void>;
