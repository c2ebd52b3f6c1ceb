import type { Event, Report } from "../../model/event.ts";
import type { Reporter } from "../../model/ports.ts";
import { renderOptions } from "../plain.ts";
import { renderReport, renderResults, summariseReport } from "../report.ts";
import type { ReporterOptions } from "../reporter-options.ts";
import type { RenderOptions } from "../words/options.ts";
import { renderWarning } from "../warning.ts";
import { type Display, type EndedTask, type Frame, MARK_COLUMNS } from "./display.ts";
import { createEndedChanges } from "./ended-changes.ts";
import type { Ending } from "./marks.ts";
import { renderHeader, renderInFlight } from "./progress-lines.ts";
import { createProgressState } from "./progress-state.ts";
import { RESERVED_COLUMNS } from "./task-list.ts";

export type ProgressOptions = ReporterOptions & { readonly display: Display };

const MAX_IN_FLIGHT = 8;
/** The header, and the line after the last one. */
const OTHER_ROWS = 2;

/**
 * The reporter on a terminal: a header and a line for each change in progress, and above them the tasks that have ended. If stdout is a
 * terminal too, the report at the end has only what is not on the screen yet.
 */
export function createProgressReporter(options: ProgressOptions): Reporter {
  const { display, stdout, clock } = options;
  const state = createProgressState();
  const render = (): RenderOptions => ({ ...renderOptions(options, "stderr"), columns: display.size().columns });
  let ended = createEndedChanges([], render);
  let result: Report | undefined;
  const frame: Frame = ({ columns, rows }) => {
    const time = clock.monotonic();
    const room = Math.max(1, columns - RESERVED_COLUMNS);
    const slots = Math.max(0, Math.min(MAX_IN_FLIGHT, rows - OTHER_ROWS));
    state.sample(time);
    const view = state.read();
    return {
      title: renderHeader(view, time, room),
      subtasks: slots === 0 ? [] : renderInFlight(view, { time, columns: room, slots }),
    };
  };
  const standAll = (tasks: readonly EndedTask[]): void => tasks.forEach(display.stand);
  return {
    report: (event: Event) => {
      state.update(event);
      switch (event.type) {
        case "run.started":
          ended = createEndedChanges(event.changes, render);
          if (event.changes.length > 0) display.show(frame);
          break;
        case "change.finished":
          standAll(ended.add(event.change, event.result, clock.monotonic()));
          break;
        case "warning":
          display.stream.write(`${renderWarning(event, render())}\n`);
          break;
        case "run.finished":
          result = event.report;
          break;
        case "change.started":
        case "change.progress":
          break;
      }
    },
    finish: async () => {
      standAll(ended.rest());
      await display.hide();
      if (result === undefined) return;
      const report = result;
      result = undefined;
      const toStdout = renderOptions(options, "stdout");
      const columns = display.size().columns - MARK_COLUMNS;
      const summary = { ending: endingOf(report), lines: summariseReport(report, { ...render(), columns }) };
      if (stdout.isTTY === true) {
        const lines = renderResults(report, { ...toStdout, isShown: ended.isShown });
        stdout.write(lines.map((line) => `${line}\n`).join("") + display.text(summary));
      } else {
        display.stand(summary);
        stdout.write(renderReport(report, toStdout));
      }
    },
  };
}

function endingOf({ outcomes, failures = [], interrupted }: Report): Ending {
  const bad = outcomes.failed + outcomes.blocked + outcomes.stale + failures.length;
  if (bad === 0 && !interrupted) return "done";
  return outcomes.applied > 0 ? "partly" : "failed";
}
