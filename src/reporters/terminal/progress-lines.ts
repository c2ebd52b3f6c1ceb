import { fitLine } from "../words/fit-line.ts";
import { formatCount, formatPercent, formatSpeed, formatTimeLeft } from "../words/format.ts";
import { formatBytes } from "../../model/size.ts";
import { displayWidth } from "../words/width.ts";
import { fitName, MIN_NAME } from "./name.ts";
import type { InFlight, ProgressView } from "./progress-state.ts";
import { timeLeft } from "./speed.ts";

const GAP = "  ";
/** Widths of percent, speed, time left and size, which align them in columns. */
const WIDTHS = [5, 12, 10, 10] as const;

/** `apply: 12/1,000 changes  1.2 GiB of 4.8 GiB  25.1 MiB/s  2 m 3 s left`, or as much of it as fits. */
export function renderHeader(view: ProgressView, time: number, columns: number): string {
  const { done, total, doneBytes, totalBytes, speed } = view;
  const count = `apply: ${formatCount(done)}/${formatCount(total)} ${total === 1 ? "change" : "changes"}`;
  const bytes = totalBytes > 0 ? `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}` : "";
  const rate = renderRate(speed.read(time), totalBytes - doneBytes);
  return fitLine(
    joinFitting(
      [count, bytes, ...rate].filter((part) => part !== ""),
      columns,
    ),
    columns,
  );
}

/** Renders one line for each change in progress, at most `slots`. If there are more, the last line counts the rest. */
export function renderInFlight(
  { inFlight }: ProgressView,
  { time, columns, slots }: { readonly time: number; readonly columns: number; readonly slots: number },
): readonly string[] {
  const isCut = inFlight.length > slots;
  const shown = isCut ? inFlight.slice(0, slots - 1) : inFlight;
  const lines = shown.map((change) => renderChange(change, time, columns));
  return isCut ? [...lines, fitLine(`and ${formatCount(inFlight.length - shown.length)} more`, columns)] : lines;
}

function renderChange({ change, progress, speed }: InFlight, time: number, columns: number): string {
  const { doneBytes, totalBytes } = progress;
  const isKnown = totalBytes > 0;
  const numbers = isKnown
    ? [
        formatPercent(doneBytes, totalBytes),
        ...renderRate(speed.read(time), totalBytes - doneBytes),
        formatBytes(totalBytes),
      ]
    : [];
  const cells = numbers.map((text, at) => text.padStart(WIDTHS[at] ?? 0));
  const text = isKnown ? joinFitting(cells, columns - MIN_NAME - GAP.length) : change.action;
  const room = columns - displayWidth(text) - GAP.length;
  return fitLine(fitName(change, room).padEnd(room) + GAP + text, columns);
}

/** Returns speed and time left; empty if unknown. */
function renderRate(bytesPerSecond: number | undefined, bytes: number): readonly [string, string] {
  const left = timeLeft(bytes, bytesPerSecond);
  return [
    bytesPerSecond === undefined ? "" : formatSpeed(bytesPerSecond),
    left === undefined ? "" : `${formatTimeLeft(left)} left`,
  ];
}

/** Joins as many leading parts as fit. */
function joinFitting(parts: readonly string[], columns: number): string {
  let line = parts[0] ?? "";
  for (const part of parts.slice(1)) {
    if (displayWidth(line + GAP + part) > columns) break;
    line += GAP + part;
  }
  return line;
}
