import type { PullReport, PullResult } from "../model/node-pull.ts";
import { formatReference } from "../model/reference.ts";
import type * as schema from "../schema/generated/pull.ts";
import { copyError, copyPosition, encodeFailure } from "./change-document.ts";
import { defined } from "../model/defined.ts";

/** Encodes the output of `pull --format json`; `runtime` is the program that pulled. */
export function encodePull(
  { interrupted, outcomes, milliseconds, results, failures }: PullReport,
  runtime: string,
): schema.PullDocument {
  return {
    version: 1,
    runtime,
    interrupted,
    outcomes,
    milliseconds: Math.round(milliseconds),
    images: results.map(encodeImage),
    failures: failures.map(encodeFailure),
  };
}

function encodeImage({ target, digest, outcome, milliseconds, error, positions }: PullResult): schema.Image {
  return {
    image: formatReference(target),
    digest: digest ?? null,
    outcome,
    milliseconds: Math.round(milliseconds),
    ...defined({ error: error === undefined ? undefined : copyError(error) }),
    positions: positions.map(copyPosition),
  };
}
