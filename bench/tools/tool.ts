import type { Command } from "../run/measure.ts";
import type { Road } from "../cases.ts";
import type { BenchSet } from "../sets/bench-set.ts";

/** What a tool has to do: copy every tag of `set` from `source/NAME` to `target/mirror/NAME`. */
export type Job = {
  /** The folder for its files, which is also its HOME. */
  readonly folder: string;
  /** `HOST:PORT`. */
  readonly source: string;
  readonly target: string;
  readonly set: BenchSet;
};

export type Tool = {
  /** As options and tables name it: `regsync-20`. */
  readonly name: string;
  /** Its version, as it reports it itself. */
  readonly version: () => Promise<string>;
  /** Writes its configuration and returns the command that does the job. */
  readonly prepare: (job: Job) => Promise<Command>;
  /** Why the tool has no part in a case; undefined if it has. */
  readonly isUnfit?: (job: Pick<Job, "set"> & { readonly road: Road }) => string | undefined;
  readonly environment?: Readonly<Record<string, string>>;
};

export const PREFIX = "mirror/";
