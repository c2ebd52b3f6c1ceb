import { encodeReport } from "../documents/event-document.ts";
import type { Report } from "../model/event.ts";
import { forJson } from "../text/sanitize.ts";

/** Renders a report as a JSON document, which `imgsync report merge` reads. */
export function renderJsonReport(report: Report): string {
  return `${forJson(encodeReport(report), 2)}\n`;
}
