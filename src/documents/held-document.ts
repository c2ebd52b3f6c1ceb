import { readTime } from "./plan-problem.ts";
import type { Held } from "../model/plan.ts";
import type { Held as HeldDocument } from "../schema/generated/plan.ts";

export function encodeHeld({ since, by, due }: Held): HeldDocument {
  return { since: since.toISOString(), by, due: due.toISOString() };
}

/** @throws ImgsyncError PLAN_INVALID */
export function readHeld({ since, by, due }: HeldDocument): Held {
  return { since: readTime(since), by, due: readTime(due) };
}
