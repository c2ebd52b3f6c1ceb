import { formatReference } from "../model/reference.ts";
import type { Reporter } from "../model/ports.ts";
import { encodeEvent } from "../documents/event-document.ts";
import type { Event } from "../model/event.ts";
import { inChunks } from "../text/json-pieces.ts";
import { forJson } from "../text/sanitize.ts";
import { jsonReportPieces } from "./json-report.ts";
import type { ReporterOptions } from "./reporter-options.ts";

/** Minimum milliseconds between two progress lines of one change. */
const PROGRESS_INTERVAL = 1000;

/** Writes one event per line to stdout, for programs. The last one is the report. */
export function createJsonReporter({ stdout, clock }: Pick<ReporterOptions, "stdout" | "clock">): Reporter {
  const lastProgress = new Map<string, number>();
  return {
    report: (event) => {
      if (event.type === "change.progress") {
        const key = formatReference(event.change.target);
        const now = clock.monotonic();
        const last = lastProgress.get(key);
        if (last !== undefined && now - last < PROGRESS_INTERVAL) return;
        lastProgress.set(key, now);
      }
      if (event.type === "change.finished") lastProgress.delete(formatReference(event.change.target));
      if (event.type === "run.finished")
        for (const chunk of inChunks(jsonReportPieces(event.report, "line"))) stdout.write(chunk);
      else stdout.write(`${renderEvent(event)}\n`);
    },
    finish: () => Promise.resolve(),
  };
}

/** Renders an event as one line, without the newline. */
export function renderEvent(event: Event): string {
  return forJson(encodeEvent(event));
}
