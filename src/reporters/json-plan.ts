import type { Plan } from "../model/plan.ts";
import { planChecksum } from "../documents/plan-checksum.ts";
import { encodePlan } from "../documents/plan-document.ts";
import { forJson } from "../text/sanitize.ts";

/** Renders the plan as a JSON document, which `--out` saves and `apply PLAN` reads. */
export function renderJsonPlan(plan: Plan): string {
  // the checksum covers the written text: sanitising may have changed the encoded one
  const written = JSON.parse(forJson(encodePlan(plan))) as object;
  return `${forJson({ ...written, checksum: planChecksum(written) }, 2)}\n`;
}
