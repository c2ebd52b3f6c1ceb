import { encodeStatus } from "../documents/status-document.ts";
import type { WatchStatus } from "../model/watch.ts";
import { forJson } from "../text/sanitize.ts";

/** Renders the status of a watch, for programs. */
export function renderStatusJson(status: WatchStatus): string {
  return `${forJson(encodeStatus(status), 2)}\n`;
}
