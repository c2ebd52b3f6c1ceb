import type { Context } from "./context.ts";

/** The work of a command: takes the process, its flags and its arguments; resolves to the exit code. */
export type Work<Flags> = (context: Context, flags: Flags, ...words: readonly string[]) => Promise<number>;

/** Turns the work of a command into an action for commander. */
export type Run = (work: Work<never>) => (...args: readonly unknown[]) => Promise<void>;
