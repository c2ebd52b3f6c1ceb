import type { Clock } from "../model/ports.ts";
import type { Style } from "./words/style.ts";
import type { TextStream } from "./text-stream.ts";

/** What every reporter of a run is made from; `stdout` takes the result, `stderr` everything else. */
export type ReporterOptions = {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly styles: { readonly stdout: Style; readonly stderr: Style };
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
  /** Also what needs no attention. */
  readonly verbose?: boolean | undefined;
  /** Only what needs attention. */
  readonly quiet?: boolean | undefined;
  /** The output ends in the log of a CI job, whose runner reads commands from it. */
  readonly ci?: boolean | undefined;
};
