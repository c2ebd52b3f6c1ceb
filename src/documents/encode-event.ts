import { copyBackup } from "./backup-document.ts";
import { encodeHeld } from "./held-document.ts";
import type { ErrorDetails } from "../model/error.ts";
import type { ChangeResult, Event, Report } from "../model/event.ts";
import { type Block, type Change, encodeCounts, type EntryFailure } from "../model/plan.ts";
import { formatPlatform } from "../model/platform.ts";
import { formatReference, formatRepository } from "../model/reference.ts";
import { clean, forJson } from "../text/sanitize.ts";

/** The version of the event format, in every line: schemas/event.schema.json. */
const VERSION = 1;

/** An event as one line of JSON, without the line end. */
export function encodeEvent(event: Event): string {
  return forJson({ version: VERSION, type: event.type, ...encodeBody(event) });
}

function encodeBody(event: Event): object {
  switch (event.type) {
    case "run.started":
      return { total: event.total, bytes: event.bytes, counts: encodeCounts(event.counts) };
    case "change.started":
      return { change: encodeChange(event.change) };
    case "change.progress":
      return { target: formatReference(event.change.target), ...encodeProgress(event.progress) };
    case "change.finished":
      return { change: encodeChange(event.change), result: encodeResult(event.result) };
    case "warning":
      return { message: clean(event.message), reference: cleanOptional(event.reference) };
    case "run.finished":
      break;
  }
  return encodeReport(event.report);
}

function encodeReport(report: Report): object {
  const { interrupted, outcomes, transferredBytes, milliseconds, results, failures = [] } = report;
  return {
    interrupted,
    outcomes,
    transferredBytes,
    milliseconds: Math.round(milliseconds),
    results: results.map(({ change, result }) => ({ change: encodeChange(change), result: encodeResult(result) })),
    failures: failures.map(encodeFailure),
  };
}

/** A part of an entry whose tags nobody knows, as JSON has it everywhere. */
export function encodeFailure({ source, targets, positions, error }: EntryFailure): object {
  return {
    source: formatRepository(source),
    targets: targets.map(formatRepository),
    positions: positions.map(encodePosition),
    error: encodeError(error),
  };
}

function encodeProgress({
  doneBytes,
  totalBytes,
}: {
  readonly doneBytes: number;
  readonly totalBytes: number;
}): object {
  return { doneBytes, totalBytes };
}

/** Keys whose value is undefined are left out by JSON. */
function encodeChange(change: Change): object {
  const { action, source, target, positions, engine, platforms, block, error } = change;
  return {
    action,
    source: clean(
      source.kind === "docker-daemon" ? `docker-daemon:${source.image}` : formatReference(source.reference),
    ),
    target: formatReference(target),
    positions: positions.map(encodePosition),
    engine,
    platforms: platforms === "all" ? platforms : platforms.map(formatPlatform),
    referrers: change.referrers,
    sourceDigest: change.sourceDigest,
    wanted: change.wanted,
    observed: change.observed,
    bytes: change.bytes,
    held: change.held && encodeHeld(change.held),
    backup: change.backup && copyBackup(change.backup),
    block: encodeBlock(block),
    error: encodeError(error),
    notes: encodeNotes(change.notes),
  };
}

function encodeResult({ outcome, digest, transferredBytes, milliseconds, error, block, notes }: ChangeResult): object {
  return {
    outcome,
    digest,
    transferredBytes,
    milliseconds: Math.round(milliseconds),
    error: encodeError(error),
    block: encodeBlock(block),
    notes: encodeNotes(notes),
  };
}

function encodeBlock(block: Block | undefined): object | undefined {
  if (block === undefined) return undefined;
  return block.kind === "rule"
    ? { kind: block.kind, position: encodePosition(block.position), pattern: clean(block.pattern) }
    : { kind: block.kind, host: clean(block.host), message: clean(block.message) };
}

/** An error, as JSON has it everywhere. */
export function encodeError(error: ErrorDetails | undefined): object | undefined {
  if (error === undefined) return undefined;
  const { code, message, side, reference, hint } = error;
  return { code, message: clean(message), side, reference: cleanOptional(reference), hint: cleanOptional(hint) };
}

/** A place in the manifest, as JSON has it everywhere. */
export function encodePosition({ file, line, column }: Change["positions"][number]): object {
  return { file: clean(file), line, column };
}

function encodeNotes(notes: readonly string[]): readonly string[] {
  return notes.map((note) => clean(note));
}

function cleanOptional(text: string | undefined): string | undefined {
  return text === undefined ? undefined : clean(text);
}
