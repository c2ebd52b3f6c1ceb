import { type Health, isClean, type RunRecord } from "../../model/watch.ts";
import type { Standing } from "./standing.ts";

type Facts = {
  readonly standing: Standing | undefined;
  /** Why the manifest's files cannot be used. */
  readonly problem: string | undefined;
  readonly lastRun: RunRecord | undefined;
};

/** Decides whether all is well: only if the manifest is valid, every repository was looked at, and nothing failed or is blocked. */
export function healthOf({ standing, problem, lastRun }: Facts): Health {
  if (problem !== undefined) return "failing";
  if (standing === undefined || lastRun === undefined) return "unknown";
  const { blocked, failed, entries, schedules, repositories } = standing;
  if (blocked.size + failed.size + entries.size + schedules.size > 0 || !isClean(lastRun)) return "failing";
  const states = new Set([...repositories.values()].map(({ state }) => state));
  if (states.has("failing")) return "failing";
  return states.has("unknown") ? "unknown" : "in-sync";
}
