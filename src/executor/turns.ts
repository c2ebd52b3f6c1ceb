import type { FairTurns } from "../async/in-fair-turns.ts";
import type { Change } from "../model/plan.ts";

export type TurnOptions = {
  /** The maximum number of changes in progress. */
  readonly concurrency: number;
  /** The same for changes whose image is known to be small. At least `concurrency`, which is the default. */
  readonly smallConcurrency?: number;
};

/**
 * The copy of a small image consists of requests that wait for each other: over a long line only more of them at a time are faster. Large
 * images share the line's bandwidth, and each holds open uploads.
 */
const SMALL_BYTES = 16 * 1024 * 1024;

/** In which order changes start, and how many. Between two hosts that pause or are slow, others get their share. */
export function turnsOf({ concurrency, smallConcurrency = concurrency }: TurnOptions): FairTurns<Change> {
  return {
    capacity: concurrency * smallConcurrency,
    weightOf: (change) => (isSmall(change) ? concurrency : smallConcurrency),
    groupOf: ({ source, target }) =>
      `${source.kind === "registry" ? source.reference.repository.host : source.kind} ${target.repository.host}`,
  };
}

/** The size is unknown if reading it would count as a pull. */
function isSmall({ action, bytes, engine, source }: Change): boolean {
  if (engine === "docker" || source.kind !== "registry") return false;
  return action === "attach" || (bytes !== undefined && bytes <= SMALL_BYTES);
}
