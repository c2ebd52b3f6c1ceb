import { countActions } from "../../../../src/model/plan.ts";
import type { Change } from "../../../../src/model/plan.ts";
import { openDisplay } from "../../../../src/reporters/terminal/display.ts";
import { createProgressReporter } from "../../../../src/reporters/terminal/progress.ts";
import { createStyle } from "../../../../src/reporters/words/style.ts";
import { captureStream, manualClock } from "../../samples.ts";
import { screenStream } from "./screen-stream.ts";

const style = createStyle(false);

/** A progress reporter on a screen, with a clock that the test advances. stdout is not a terminal, unless `isScreen`. */
export async function startRun({ columns = 60, rows = 24, isScreen = false } = {}) {
  const terminal = screenStream({ columns, rows });
  const file = captureStream();
  const clock = manualClock();
  const display = await openDisplay(terminal.stream, { style, clock });
  const reporter = createProgressReporter({
    stdout: isScreen ? terminal.stream : file,
    stderr: terminal.stream,
    styles: { stdout: style, stderr: style },
    clock,
    display,
  });
  const tick = async (milliseconds = 100): Promise<void> => {
    clock.advance(milliseconds);
    await redrawn(clock);
  };
  return {
    ...terminal,
    stdout: file,
    clock,
    display,
    reporter,
    tick,
    start: async (changes: readonly Change[]): Promise<void> => {
      const counts = countActions(changes);
      const bytes = changes.reduce((sum, change) => sum + (change.bytes ?? 0), 0);
      reporter.report({ type: "run.started", total: changes.length, bytes, counts, changes });
      if (changes.length > 0) await redrawn(clock);
    },
  };
}

/** Waits until the display has drawn and sleeps; drawing takes turns of the event loop, but no time. */
export async function redrawn(clock: ReturnType<typeof manualClock>): Promise<void> {
  while (clock.sleeping() === 0) await new Promise((resolve) => setImmediate(resolve));
}
