import type { Event } from "../../model/event.ts";
import type { ConfigFile } from "../../schema/generated/config.ts";
import type { OnReadProgress } from "../../model/read-progress.ts";

/** What every function of the library takes. */
export type RunOptions = {
  /** Ends the work. Reading rejects with the signal's reason; a report of `apply` or `pull` says that it was interrupted. */
  readonly signal?: AbortSignal;
  /**
   * Environment variables: credentials, proxies, `HOME` for the files of Docker, podman and Google, and what programs are started with.
   * Empty by default, so that nothing is read from the process; pass `process.env` for what the command line does.
   */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** As a config file has them (config.schema.json). None by default; config files and `IMGSYNC_*` settings are not read. */
  readonly settings?: ConfigFile;
  /** Treats the manifest as untrusted: no credentials, no programs, only registries of `settings`. False by default. */
  readonly untrusted?: boolean;
  /** Warnings of every function, and everything that happens during `apply`. */
  readonly onEvent?: (event: Event) => void;
  /** Called while registries are read. */
  readonly onProgress?: OnReadProgress;
};
