import type { Event } from "../../model/event.ts";
import type { ConfigFile } from "../../schema/generated/config.ts";
import type { OnReadProgress } from "../../model/read-progress.ts";

/** Options of every function of the library. */
export type RunOptions = {
  /**
   * Cancels the work. Functions that only read reject with the signal's reason; the report of `apply` or `pull` is marked as interrupted.
   */
  readonly signal?: AbortSignal;
  /**
   * Environment variables: credentials, proxies, `HOME` for the files of Docker, podman and Google, and the environment of started
   * programs. Empty by default, so nothing is read from the process; pass `process.env` to match the command line.
   */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Settings in the form of a config file (config.schema.json). None by default; config files and `IMGSYNC_*` settings are not read. */
  readonly settings?: ConfigFile;
  /** Treats the manifest as untrusted: no credentials, no programs, only registries of `settings`. False by default. */
  readonly untrusted?: boolean;
  /** Called with the warnings of every function, and with all events of `apply`. */
  readonly onEvent?: (event: Event) => void;
  /** Called while registries are being read. */
  readonly onProgress?: OnReadProgress;
};
