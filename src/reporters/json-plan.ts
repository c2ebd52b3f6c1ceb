import type { Plan } from "../model/plan.ts";
import { planChecksum } from "../documents/plan-checksum.ts";
import { encodePlan } from "../documents/plan-document.ts";
import { forJson } from "../text/sanitize.ts";

/** The plan as one JSON document, what `--out` saves and `apply PLAN` reads. */
export function renderJsonPlan(plan: Plan): string {
  // of what is written, which is not always what was encoded: foreign text is made harmless on the way
  const written = JSON.parse(forJson(encodePlan(plan))) as object;
  return `${forJson({ ...written, checksum: planChecksum(written) }, 2)}\n`;
}
