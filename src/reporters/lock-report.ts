import { shortDigest } from "../model/digest.ts";
import type { ErrorDetails } from "../model/error.ts";
import { type LockChange, lockKey } from "../model/lock.ts";
import type { Position } from "../model/position.ts";
import { describeError, describePositions } from "./words/change-text.ts";
import { flowFinding } from "./words/finding.ts";
import { plural } from "./words/format.ts";
import { escapeFor, type RenderOptions } from "./words/options.ts";
import { forJson } from "../text/sanitize.ts";

/** The findings of a `lock` run, and whether it wrote the file. */
export type LockReport = {
  readonly file: string;
  readonly state: "written" | "unchanged" | "outdated" | "failed";
  readonly mappings: readonly LockedPlace[];
  readonly changes: readonly LockChange[];
  readonly failures: readonly { readonly positions: readonly Position[]; readonly error: ErrorDetails }[];
};

/** A mapping that can be locked, and its positions. */
export type LockedPlace = {
  readonly source: string;
  readonly mapping: string;
  readonly positions: readonly Position[];
};

export type LockFormat = "text" | "json";

/** The formats of `lock --format`. */
export const LOCK_FORMATS: Readonly<Record<LockFormat, (report: LockReport, options: RenderOptions) => string>> = {
  text: renderText,
  json: renderJson,
};

/** Describes a mapping that is missing from the lock file, on one line. */
export function describeLockable({ source, mapping, positions }: LockedPlace, options: RenderOptions): string {
  const escape = escapeFor(options);
  return `${describePositions(positions, escape)}: not locked: ${escape(mapping)} of ${escape(source)}`;
}

const KIND_WIDTH = "removed".length;
/** Two spaces, the kind, two spaces. */
const INDENTATION = 2 + KIND_WIDTH + 2;

const STATES: Readonly<Record<LockReport["state"], string>> = {
  written: "written",
  unchanged: "up to date",
  outdated: "out of date, nothing was written",
  failed: "nothing was written",
};

function renderText(report: LockReport, options: RenderOptions): string {
  const escape = escapeFor(options);
  const { file, state, mappings, changes, failures } = report;
  const places = placesOf(report);
  const lines = changes.map((change) => {
    const at = describePositions(places.get(lockKey(change)) ?? [], escape);
    const name = `${escape(change.source)}:${escape(change.tag)}`;
    return `  ${change.kind.padEnd(KIND_WIDTH)}  ${name}  ${digestsOf(change)}${at === "" ? "  no longer in the manifest" : `  ${at}`}`;
  });
  const errors = failures.flatMap(({ positions, error }) => {
    const head = `  ${"error".padEnd(KIND_WIDTH)}  ${describePositions(positions, escape)}  `;
    return flowFinding({ head, parts: [describeError(error, escape)], hint: error.hint }, options, INDENTATION);
  });
  const summary = `${escape(file)}: ${STATES[state]}; ${plural(mappings.length, "mapping")}, ${plural(changes.length, "difference")}`;
  return [...lines, ...errors, summary, ""].join("\n");
}

function digestsOf({ before, now }: LockChange): string {
  return [before, now]
    .filter((digest) => digest !== undefined)
    .map(shortDigest)
    .join(" -> ");
}

function placesOf({ mappings }: LockReport): ReadonlyMap<string, readonly Position[]> {
  return new Map(mappings.map((one) => [lockKey(one), one.positions]));
}

function renderJson(report: LockReport): string {
  const { file, state, changes, failures } = report;
  const places = placesOf(report);
  const encoded = changes.map(({ kind, source, tag, mapping, before, now }) => ({
    kind,
    source,
    tag,
    mapping,
    before: before ?? null,
    now: now ?? null,
    positions: places.get(lockKey({ source, mapping })) ?? [],
  }));
  return `${forJson({ version: 1, file, state, changes: encoded, failures }, 2)}\n`;
}
