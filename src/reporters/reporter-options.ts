import type { Clock } from "../model/ports.ts";
import type { Style } from "./words/style.ts";
import type { TextStream } from "./text-stream.ts";

/** Options of every reporter; `stdout` receives the result, `stderr` everything else. */
export type ReporterOptions = {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly styles: { readonly stdout: Style; readonly stderr: Style };
  readonly clock: Pick<Clock, "monotonic">;
  /** Also show what needs no attention. */
  readonly verbose?: boolean | undefined;
  /** Only show what needs attention. */
  readonly quiet?: boolean | undefined;
  /** The output goes to a CI log, whose runner interprets commands in it. */
  readonly ci?: boolean | undefined;
};
