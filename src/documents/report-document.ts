import { defined } from "../model/defined.ts";
import { ImgsyncError } from "../model/error.ts";
import type { ChangeResult, Report } from "../model/event.ts";
import type * as schema from "../schema/generated/event.ts";
import { copyBlock, copyError } from "./change-document.ts";
import { decodeChange, decodeFailure } from "./plan-document.ts";
import { readDigest } from "./plan-problem.ts";

/**
 * Decodes a report that has passed the schema. The outcomes are counted again.
 * @throws ImgsyncError REPORT_INVALID if a reference or digest is not valid
 */
export function decodeReport(document: schema.RunFinished): Report {
  try {
    return decode(document);
  } catch (thrown) {
    if (!(thrown instanceof ImgsyncError)) throw thrown;
    throw new ImgsyncError({ ...thrown.details, code: "REPORT_INVALID", hint: REPORT_HINT }, { cause: thrown });
  }
}

export const REPORT_HINT = "write reports with imgsync apply PLAN --shard I/N --report FILE";

function decode(document: schema.RunFinished): Report {
  const { interrupted, transferredBytes, milliseconds, failures, plan, shard, finishedAt, shards } = document;
  const results = document.results.map(({ change, result }) => ({
    change: decodeChange(change),
    result: decodeResult(result),
  }));
  return {
    interrupted,
    outcomes: countOutcomes(results),
    transferredBytes,
    milliseconds,
    results,
    ...defined({
      failures: failures.length === 0 ? undefined : failures.map(decodeFailure),
      plan: plan && { checksum: readDigest(plan.checksum), tags: plan.tags },
      shard,
      finishedAt: finishedAt === undefined ? undefined : new Date(finishedAt),
      shards,
    }),
  };
}

/** The number of results with each outcome. */
export function countOutcomes(results: Report["results"]): Report["outcomes"] {
  const outcomes = { applied: 0, unchanged: 0, blocked: 0, failed: 0, stale: 0, skipped: 0 };
  for (const { result } of results) outcomes[result.outcome] += 1;
  return outcomes;
}

function decodeResult(result: schema.Result): ChangeResult {
  const { outcome, digest, transferredBytes, milliseconds, error, block, notes } = result;
  return {
    outcome,
    transferredBytes,
    milliseconds,
    ...defined({
      digest: digest === undefined ? undefined : readDigest(digest),
      error: error === undefined ? undefined : copyError(error),
      block: block === undefined ? undefined : copyBlock(block),
    }),
    notes: [...notes],
  };
}
