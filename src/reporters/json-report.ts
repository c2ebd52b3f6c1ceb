import { encodeAroundResults, encodeChangeResult } from "../documents/event-document.ts";
import type { Report } from "../model/event.ts";
import { elementOf, jsonPieces, type Layout } from "../text/json-pieces.ts";

/** Renders a report as a JSON document, which `imgsync report merge` reads. */
export function renderJsonReport(report: Report): string {
  return [...jsonReportPieces(report)].join("");
}

/** The same in pieces, none of which is larger than a result or everything but the results. `line`: as the last line of events. */
export function* jsonReportPieces(report: Report, layout: Layout = "lines"): Generator<string> {
  const { start, end } = encodeAroundResults(report);
  const document = { start, name: "results", elements: resultPieces(report.results, layout), end: () => end };
  yield* jsonPieces(document, layout);
  yield "\n";
}

function* resultPieces(results: Report["results"], layout: Layout): Generator<string> {
  for (const result of results) yield elementOf(encodeChangeResult(result), layout);
}
