import { systemClock } from "../../async/system-clock.ts";
import type { Display } from "../../reporters/terminal/display.ts";
import type { Phases } from "../../reporters/terminal/phases.ts";
import type { Settings } from "../../settings/settings.ts";
import { type Context, type Look, renderOptionsFor } from "./context.ts";
import { growHeapForMany } from "./heap.ts";

/** What a command shows while it works. */
export type Live = Phases & {
  /** The tasks on this terminal. Undefined if the output is not a terminal, or should not be redrawn. */
  readonly display: Display | undefined;
  /** Removes what is redrawn, before anything else is written to the terminal. */
  readonly hide: () => Promise<void>;
};

export type LiveSetup = {
  readonly context: Context;
  readonly look: Look;
  readonly settings: Pick<Settings, "progress">;
};

/** `since`: when the command started. `isOff`: show nothing even on a terminal. */
export type LiveOptions = { readonly since: number; readonly isOff?: boolean };

/** Runs work that shows its progress, if stderr is a terminal. What the work writes to stderr stays above what is redrawn. */
export async function withLive<Setup extends LiveSetup, T>(
  setup: Setup,
  options: LiveOptions,
  work: (setup: Setup, live: Live) => Promise<T>,
): Promise<T> {
  const growHeap = growHeapForMany();
  if (options.isOff === true || !canRedraw(setup)) return work(setup, { ...NOT_LIVE, reading: growHeap });
  const { context, look } = setup;
  const { style } = renderOptionsFor(context, "stderr", look);
  const [{ openDisplay }, { createPhases }] = await Promise.all([
    import("../../reporters/terminal/display.ts"),
    import("../../reporters/terminal/phases.ts"),
  ]);
  const display = await openDisplay(context.stderr, { style, clock: systemClock });
  const phases = createPhases(display, { style, clock: systemClock, since: options.since });
  const { hide, stream } = display;
  try {
    const reading: Live["reading"] = (progress) => {
      growHeap(progress);
      phases.reading(progress);
    };
    return await work({ ...setup, context: { ...context, stderr: stream } }, { ...phases, reading, display, hide });
  } finally {
    await hide();
  }
}

const NOT_LIVE: Live = {
  working: () => undefined,
  ended: () => undefined,
  reading: () => undefined,
  read: () => undefined,
  display: undefined,
  hide: () => Promise.resolve(),
};

/** Debug lines are written to stderr at any time. */
function canRedraw({ context: { stderr, environment, trace }, settings: { progress } }: LiveSetup): boolean {
  return stderr.isTTY === true && environment["TERM"] !== "dumb" && progress === "auto" && trace === undefined;
}
