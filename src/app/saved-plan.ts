import { ImgsyncError } from "../model/error.ts";
import { PlanError } from "../model/findings.ts";
import type { Plan } from "../model/plan.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { withOrigins } from "../planner/origins.ts";
import { checkSavedPlan } from "../planner/saved-plan.ts";

/** A plan that was made earlier, possibly by another process. `name` is used in errors. */
export type SavedPlan = { readonly plan: Plan; readonly name: string };

/**
 * Returns the plan if the manifest still requires each of its changes.
 * @throws ImgsyncError PLAN_OUTDATED or PLAN_INVALID; PlanError if several changes are refused
 */
export function requireCurrent({ plan, name }: SavedPlan, manifest: SyncManifest): Plan {
  const problems = checkSavedPlan(plan, manifest);
  const [first] = problems;
  if (first === undefined) return withOrigins(plan, manifest);
  if (problems.length === 1) throw new ImgsyncError(first);
  const message = `"${name}" has ${problems.length} changes that are refused; nothing was written`;
  throw new PlanError({ code: "PLAN_INVALID", message, hint: "plan again" }, problems);
}
