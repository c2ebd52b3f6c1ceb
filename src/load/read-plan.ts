import { planChecksum } from "../documents/plan-checksum.ts";
import { decodePlan, planVersionProblem } from "../documents/plan-document.ts";
import { invalid } from "../documents/plan-problem.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Plan } from "../model/plan.ts";
import type { PlanDocument } from "../schema/generated/plan.ts";
import { describeProblem } from "../schema/schema-problem.ts";
import { validate } from "../schema/validate.ts";
import { type DocumentKind, parseDocument, readDocument } from "./read-document.ts";

export const PLAN_KIND: DocumentKind = {
  code: "PLAN_INVALID",
  what: "the plan",
  hint: "make one with imgsync plan --out FILE",
};

/**
 * Reads a saved plan and checks its form and checksum.
 * @throws ImgsyncError PLAN_INVALID
 */
export async function readPlan(file: string): Promise<Plan> {
  return parsePlan(await readDocument(file, PLAN_KIND), file);
}

/**
 * Parses the text of a saved plan and checks its form and checksum. `name` is used in errors.
 * @throws ImgsyncError PLAN_INVALID
 */
export async function parsePlan(text: string, name: string): Promise<Plan> {
  const value = parseDocument(text, name, PLAN_KIND);
  const versionProblem = planVersionProblem(value, name);
  if (versionProblem !== undefined) throw new ImgsyncError(versionProblem);
  const [problem] = await validate("plan", value);
  if (problem !== undefined) throw failure(`"${name}" is not a saved plan: ${describeProblem(problem)}`, "plan again");
  // validated by the schema above
  const document = value as PlanDocument;
  const checksum = planChecksum(document);
  if (checksum !== document.checksum)
    throw failure(
      `"${name}" was changed after it was made: its checksum does not match`,
      "plan again: a saved plan is applied as it was reviewed, not edited",
    );
  return { ...decodePlan(document), checksum };
}

function failure(message: string, hint: string): ImgsyncError {
  return new ImgsyncError(invalid(message, hint));
}
