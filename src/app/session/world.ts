import type { Trace } from "../../model/trace.ts";

/** Everything a use case gets from its process. The core reads nothing else from the process. */
export type World = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Base of relative paths. Absolute. */
  readonly cwd: string;
  /** Empty if there is none. */
  readonly home: string;
  /** Undefined on systems without numeric user IDs. */
  readonly userId: number | undefined;
  readonly temporaryFolder: string;
  /** Receives each request, retry and program start, for debug output. */
  readonly trace?: Trace;
  /** Cancels everything in progress. */
  readonly signal: AbortSignal;
};
