import { type Digest, digestOf } from "../../src/model/digest.ts";
import type { ChangeResult, Outcome, Report } from "../../src/model/event.ts";
import type { Change, EntryFailure, Plan } from "../../src/model/plan.ts";
import type { Clock } from "../../src/model/ports.ts";
import { isProblem, parseReference, type TagReference } from "../../src/model/reference.ts";
import { createStyle } from "../../src/reporters/words/style.ts";
import type { TextStream } from "../../src/reporters/text-stream.ts";

export const PLAIN = { style: createStyle(false) };
export const MIRROR = "u-france-east1-docker.s3nsregistry.fr/my-project/my-repo";
export const OLD: Digest = digestOf("old");
export const NEW: Digest = digestOf("new");
export const POSITION = { file: "images.yaml", line: 9, column: 9 };

export function reference(text: string) {
  const parsed = parseReference(text);
  if (isProblem(parsed)) throw new Error(parsed.problem);
  return parsed;
}

export function tagReference(text: string): TagReference {
  const { repository, tag = "latest" } = reference(text);
  return { repository, tag };
}

/** Returns a change that creates a tag, with the given fields replaced. */
export function change(overrides: Partial<Change> & { readonly to?: string } = {}): Change {
  const { to = `${MIRROR}/nginx:1.27.3`, ...rest } = overrides;
  return {
    action: "create",
    source: { kind: "registry", reference: reference("docker.io/library/nginx:1.27.3") },
    target: tagReference(to),
    positions: [POSITION],
    engine: "registry",
    platforms: "all",
    referrers: true,
    wanted: NEW,
    observed: null,
    bytes: 71_500_000,
    notes: [],
    ...rest,
  };
}

/** An entry whose tags are unknown. */
export const FAILURE: EntryFailure = {
  positions: [POSITION],
  source: reference("quay.io/a/b").repository,
  targets: [reference(`${MIRROR}/b`).repository],
  error: { code: "SELECTED_NOTHING", message: 'no tag matches "9.*"', hint: "write optional: true" },
};

export function plan(...changes: readonly Change[]): Plan {
  return { manifestHash: digestOf("manifest"), changes };
}

export function result(outcome: Outcome, overrides: Partial<ChangeResult> = {}): ChangeResult {
  return { outcome, transferredBytes: 0, milliseconds: 1200, notes: [], ...overrides };
}

export function report(results: Report["results"], overrides: Partial<Report> = {}): Report {
  const outcomes = { applied: 0, unchanged: 0, blocked: 0, failed: 0, stale: 0, skipped: 0 };
  for (const { result } of results) outcomes[result.outcome] += 1;
  const transferredBytes = results.reduce((sum, { result }) => sum + result.transferredBytes, 0);
  return { outcomes, transferredBytes, milliseconds: 72_000, interrupted: false, results, ...overrides };
}

/** Creates a stream that records what is written to it. */
export function captureStream(properties: Omit<TextStream, "write"> = {}) {
  const chunks: string[] = [];
  return { ...properties, chunks, write: (text: string) => void chunks.push(text), text: () => chunks.join("") };
}

/** Creates a clock that a test advances; sleepers wake when they are due. */
export function manualClock() {
  let time = 0;
  let sleepers: { readonly until: number; readonly wake: () => void }[] = [];
  const sleep: Clock["sleep"] = (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const sleeper = { until: time + milliseconds, wake: resolve };
      const stop = (): void => {
        sleepers = sleepers.filter((other) => other !== sleeper);
        reject(new DOMException("aborted", "AbortError"));
      };
      if (signal.aborted) return stop();
      signal.addEventListener("abort", stop, { once: true });
      sleepers.push(sleeper);
    });
  const advance = (milliseconds: number): void => {
    time += milliseconds;
    const due = sleepers.filter(({ until }) => until <= time);
    sleepers = sleepers.filter(({ until }) => until > time);
    for (const { wake } of due) wake();
  };
  return { monotonic: () => time, sleep, advance, sleeping: () => sleepers.length };
}
