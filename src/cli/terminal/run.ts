import type { Context } from "./context.ts";

/** A command's work: the process, its flags, and its argument where it takes one; resolves to the exit code. */
export type Work<Flags> = (context: Context, flags: Flags, argument?: string) => Promise<number>;

/** Makes a command's work into what the CLI library calls. */
export type Run = (work: Work<never>) => (...args: readonly unknown[]) => Promise<void>;
