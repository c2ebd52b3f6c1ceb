import type { Plan } from "../model/plan.ts";
import { encodePlan } from "../model/plan-document.ts";
import { forJson } from "./sanitize.ts";

/** The plan as one JSON document, what `--out` saves and `apply PLAN` reads. */
export function renderJsonPlan(plan: Plan): string {
  return `${forJson(encodePlan(plan), 2)}\n`;
}
