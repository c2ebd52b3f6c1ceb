import type { ChangeResult, Event, Report } from "../model/event.ts";
import { formatReference } from "../model/reference.ts";
import type * as schema from "../schema/generated/event.ts";
import { clean } from "../text/sanitize.ts";
import { copyBlock, copyError, encodeChange, encodeCounts, encodeFailure } from "./change-document.ts";
import { defined } from "../model/defined.ts";

/** The version of the event format, on every line: schemas/event.schema.json. */
const VERSION = 1;

/** Encodes one line of `apply --format json`. */
export function encodeEvent(event: Event): schema.EventLine {
  switch (event.type) {
    case "run.started": {
      const { type, total, bytes, counts } = event;
      return { version: VERSION, type, total, bytes, counts: encodeCounts(counts) };
    }
    case "change.started":
      return { version: VERSION, type: event.type, change: encodeChange(event.change) };
    case "change.progress": {
      const { doneBytes, totalBytes } = event.progress;
      const target = formatReference(event.change.target);
      return { version: VERSION, type: event.type, target, doneBytes, totalBytes };
    }
    case "change.finished":
      return { version: VERSION, type: event.type, ...encodeChangeResult(event) };
    case "warning": {
      const { type, message, reference } = event;
      const about = reference === undefined ? {} : { reference: clean(reference) };
      return { version: VERSION, type, message: clean(message), ...about };
    }
    case "run.finished":
      break;
  }
  return encodeReport(event.report);
}

/** Encodes the report of a run: what was applied, and what was not. */
export function encodeReport(report: Report): schema.RunFinished {
  const { start, end } = encodeAroundResults(report);
  return { ...start, results: report.results.map(encodeChangeResult), ...end };
}

type Before = "version" | "type" | "interrupted" | "outcomes" | "transferredBytes" | "milliseconds";

/** Encodes the members of a report that stand before and after its results, for writers that take the results one at a time. */
export function encodeAroundResults(report: Report): {
  readonly start: Pick<schema.RunFinished, Before>;
  readonly end: Omit<schema.RunFinished, Before | "results">;
} {
  const { interrupted, outcomes, transferredBytes, milliseconds, failures = [] } = report;
  const { plan, shard, finishedAt, shards } = report;
  return {
    start: {
      version: VERSION,
      type: "run.finished",
      interrupted,
      outcomes,
      transferredBytes,
      milliseconds: Math.round(milliseconds),
    },
    end: {
      failures: failures.map(encodeFailure),
      ...defined({
        plan: plan && { checksum: plan.checksum, tags: plan.tags },
        shard: shard && { number: shard.number, of: shard.of },
        finishedAt: finishedAt?.toISOString(),
        shards: shards && { of: shards.of, missing: [...shards.missing], interrupted: [...shards.interrupted] },
      }),
    },
  };
}

export function encodeChangeResult({ change, result }: Report["results"][number]): schema.ChangeResult {
  return { change: encodeChange(change), result: encodeResult(result) };
}

function encodeResult(result: ChangeResult): schema.Result {
  const { outcome, digest, transferredBytes, milliseconds, error, block, notes } = result;
  return {
    outcome,
    ...defined({ digest }),
    transferredBytes,
    milliseconds: Math.round(milliseconds),
    ...defined({
      error: error === undefined ? undefined : copyError(error),
      block: block === undefined ? undefined : copyBlock(block),
    }),
    notes: [...notes],
  };
}
