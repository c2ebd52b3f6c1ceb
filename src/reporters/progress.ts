import type { Event } from "../model/event.ts";
import type { Reporter } from "../model/ports.ts";
import { columnsOf, createLiveLines, RESERVED_COLUMNS } from "./live-lines.ts";
import { renderOptions } from "./plain.ts";
import { renderEnd, renderHeader, renderInFlight } from "./progress-lines.ts";
import { createProgressState } from "./progress-state.ts";
import { needsAttention, renderReport } from "./report.ts";
import type { ReporterOptions } from "./reporter-options.ts";
import { renderWarning } from "./warning.ts";

const REDRAW_INTERVAL = 100;
const MAX_SLOTS = 8;

/**
 * The reporter on a terminal: a live header and a line for each change in progress, on stderr. Lines that need attention stay above them.
 * At the end the report is written to stdout.
 */
export function createProgressReporter(options: ReporterOptions): Reporter {
  const { stderr, stdout, clock } = options;
  const slots = Math.max(1, Math.min(MAX_SLOTS, (stderr.rows ?? 24) - 4));
  const live = createLiveLines(stderr, { slots, style: options.styles.stderr });
  const state = createProgressState();
  const stop = new AbortController();
  let permanent: readonly string[] = [];
  let drawing: Promise<void> | undefined;
  let result: string | undefined;

  const takePermanent = (): readonly string[] => {
    const lines = permanent;
    permanent = [];
    return lines;
  };
  const printPermanent = (): void => {
    for (const line of takePermanent()) stderr.write(`${line}\n`);
  };
  const draw = async (): Promise<void> => {
    const time = clock.monotonic();
    const columns = Math.max(1, columnsOf(stderr) - RESERVED_COLUMNS);
    state.sample(time);
    const view = state.read();
    const header = renderHeader(view, time, columns);
    const lines = renderInFlight(view, { time, columns, slots });
    await live.draw({ permanent: takePermanent(), header, lines });
  };
  const keepDrawing = async (): Promise<void> => {
    try {
      while (!stop.signal.aborted) {
        await draw();
        await clock.sleep(REDRAW_INTERVAL, stop.signal).catch(() => undefined);
      }
    } finally {
      await live.close();
    }
  };
  const report = (event: Event): void => {
    state.update(event);
    permanent = [...permanent, ...renderPermanent(event, options)];
    if (event.type === "run.started" && state.read().total > 0 && drawing === undefined) {
      drawing = keepDrawing();
      // finish reports the error; until then the rejection is unhandled
      drawing.catch(() => undefined);
    }
    if (drawing === undefined) printPermanent();
    if (event.type === "run.finished") {
      result = renderReport(event.report, renderOptions(options, "stdout"));
      stop.abort();
    }
  };
  const finish = async (): Promise<void> => {
    stop.abort();
    try {
      await drawing;
    } finally {
      printPermanent();
      if (result !== undefined) stdout.write(result);
      result = undefined;
    }
  };
  return { report, finish };
}

/** Returns the permanent lines for an event: warnings, and results that need attention. */
function renderPermanent(event: Event, options: ReporterOptions): readonly string[] {
  const lines = renderOptions(options, "stderr");
  if (event.type === "warning") return [renderWarning(event, lines)];
  if (event.type !== "change.finished") return [];
  const isShown = needsAttention(event.result) || (options.verbose === true && event.result.outcome !== "unchanged");
  return isShown ? [renderEnd(event, { style: lines.style, columns: columnsOf(options.stderr) })] : [];
}
