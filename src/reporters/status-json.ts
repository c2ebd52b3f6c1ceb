import { formatPosition } from "../model/position.ts";
import { formatReference } from "../model/reference.ts";
import type { BlockedTag, RunRecord, RunResult, WatchStatus } from "../model/watch.ts";
import { describeBlock, describeSource } from "./words/change-text.ts";
import { forJson } from "../text/sanitize.ts";

/** What a watching process knows, for programs. */
export function renderStatusJson(status: WatchStatus): string {
  const { runs, blocked, ...rest } = status;
  return `${forJson({ ...rest, blocked: blocked.map(encodeBlocked), runs: runs.map(encodeRun) }, 2)}\n`;
}

function encodeBlocked({ target, since, block }: BlockedTag): object {
  return { target: formatReference(target), since, by: describeBlock(block, plain) };
}

function encodeRun({ results, applied, milliseconds, ...rest }: RunRecord): object {
  const counts = { applied: Object.fromEntries(applied), results: results.map(encodeResult) };
  return { ...rest, milliseconds: Math.round(milliseconds), ...counts };
}

function encodeResult({ change, result }: RunResult): object {
  const { action, target, source, wanted, observed, positions } = change;
  const { block, ...rest } = result;
  return {
    action,
    target: formatReference(target),
    source: describeSource(source, plain),
    positions: positions.map(formatPosition),
    wanted,
    observed,
    ...rest,
    ...(block === undefined ? {} : { by: describeBlock(block, plain) }),
  };
}

/** forJson escapes the whole text afterwards. */
function plain(text: string): string {
  return text;
}
