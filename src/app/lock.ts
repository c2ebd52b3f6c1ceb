import { systemClock } from "../async/system-clock.ts";
import { type LockFile, readLockFile, writeLockFile } from "../load/lock-file.ts";
import { lockables } from "../manifest/apply-lock.ts";
import { formatLock } from "../manifest/lock-file.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Lock } from "../model/lock.ts";
import { compileOnly, type Only } from "../planner/facts/only.ts";
import { lockQuestions, type ResolvedLock, resolveLock } from "../planner/resolve-lock.ts";
import type { LockReport } from "../reporters/lock-report.ts";
import { compileGlobs, globProblem } from "../selectors/glob.ts";
import { readFacts } from "./read-facts.ts";
import type { OnReadProgress } from "../model/read-progress.ts";
import type { Session } from "./session/session.ts";

export type LockRequest = {
  /** The manifest's root file, absolute. */
  readonly path: string;
  /** Which locked tags are resolved again: all, none, or those whose source matches a glob. New tags are always resolved. */
  readonly update: "all" | "none" | readonly string[];
  /** Compares only, writes nothing. */
  readonly check: boolean;
  readonly onProgress?: OnReadProgress | undefined;
};

const EMPTY: Lock = { locked: [] };
const NOTHING: Only = { matches: () => false, mayMatch: () => false };

/**
 * Writes the digests of all source tags of a manifest to the lock file next to it. The manifest must not have a lock applied.
 * @throws ImgsyncError USAGE if a glob is not valid or matches nothing, LOCK_INVALID, OUTPUT_FAILED
 */
export async function lock(session: Session, request: LockRequest): Promise<LockReport> {
  const { path, update, check } = request;
  const patterns = typeof update === "string" ? undefined : update;
  checkUpdate(patterns);
  const file = await readLockFile(path, session.world.cwd);
  const old = file.lock ?? EMPTY;
  const refresh =
    patterns === undefined ? (check || update === "all" ? compileOnly(undefined) : NOTHING) : compileOnly(patterns);
  const questions = { manifest: session.manifest, old, refresh };
  const snapshot = await readFacts(session, {
    ask: (known) => lockQuestions(questions, known),
    onProgress: request.onProgress,
  });
  const resolved = resolveLock(questions, snapshot);
  if (patterns !== undefined) refuseUnmatched(patterns, [old, resolved.lock]);
  const state = await settle(file, resolved, check);
  return { file: file.name, state, mappings: lockables(session.manifest), ...resolved };
}

/** @throws ImgsyncError USAGE */
export function checkUpdate(patterns: readonly string[] | undefined): void {
  for (const pattern of patterns ?? []) {
    const problem = globProblem(pattern);
    if (problem !== undefined) throw new ImgsyncError({ code: "USAGE", message: `--update "${pattern}": ${problem}` });
  }
}

/** An incomplete lock is never written, because the next plan would rely on it. */
async function settle(file: LockFile, { lock, failures }: ResolvedLock, check: boolean): Promise<LockReport["state"]> {
  if (failures.length > 0) return "failed";
  if (file.lock !== undefined && formatLock(file.lock) === formatLock(lock)) return "unchanged";
  if (check) return "outdated";
  await writeLockFile(file, lock, systemClock);
  return "written";
}

function refuseUnmatched(patterns: readonly string[], locks: readonly Lock[]): void {
  const matches = compileGlobs(patterns);
  const isMatched = locks.some(({ locked }) =>
    locked.some(({ source, tags }) => [...tags.keys()].some((tag) => matches(`${source}:${tag}`))),
  );
  if (isMatched) return;
  throw new ImgsyncError({
    code: "USAGE",
    message: `--update ${patterns.map((pattern) => `"${pattern}"`).join(" ")} matches no locked tag`,
    hint: 'it is a glob over HOST/REPOSITORY:TAG of sources, such as "docker.io/library/**"',
  });
}
