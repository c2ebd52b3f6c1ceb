import type { Trace } from "../../model/trace.ts";

/** What a use case gets from the process that it runs in. The core reads nothing else of it. */
export type World = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where relative paths start. Absolute. */
  readonly cwd: string;
  /** Empty where there is none. */
  readonly home: string;
  /** Undefined on systems without user numbers. */
  readonly userId: number | undefined;
  readonly temporaryFolder: string;
  /** Where each request, retry and program is reported, for debug output. */
  readonly trace?: Trace;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
};
