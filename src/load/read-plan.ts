import { open } from "node:fs/promises";
import { decodeText } from "../files/decode-text.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Plan } from "../model/plan.ts";
import { decodePlan, planVersionProblem } from "../documents/plan-document.ts";
import { invalid } from "../documents/plan-problem.ts";
import type { PlanDocument } from "../schema/generated/plan.ts";
import { planChecksum } from "../documents/plan-checksum.ts";
import { validate } from "../schema/validate.ts";

const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Reads a saved plan and checks its form and checksum.
 * @throws ImgsyncError PLAN_INVALID
 */
export async function readPlan(file: string): Promise<Plan> {
  const value = parse(await readText(file), file);
  const versionProblem = planVersionProblem(value, file);
  if (versionProblem !== undefined) throw new ImgsyncError(versionProblem);
  const [problem] = await validate("plan", value);
  if (problem !== undefined)
    throw failure(
      `"${file}" is not a saved plan: ${["", ...problem.path].join("/")}: ${problem.message}`,
      "plan again",
    );
  // validated by the schema above
  const document = value as PlanDocument;
  if (planChecksum(document) !== document.checksum)
    throw failure(
      `"${file}" was changed after it was made: its checksum does not match`,
      "plan again: a saved plan is applied as it was reviewed, not edited",
    );
  return { ...decodePlan(document), checksum: planChecksum(document) };
}

async function readText(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size > MAX_BYTES)
        throw failure(`"${file}" is larger than ${MAX_BYTES} bytes`, "make one with imgsync plan --out FILE");
      const decoded = decodeText(await handle.readFile());
      if ("problem" in decoded) throw failure(`"${file}" ${decoded.problem}`, "make one with imgsync plan --out FILE");
      return decoded.text;
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof ImgsyncError) throw cause;
    throw failure(`the plan "${file}" cannot be read`, "make one with imgsync plan --out FILE", cause);
  }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw failure(`"${file}" is not JSON`, "make one with imgsync plan --out FILE", cause);
  }
}

function failure(message: string, hint: string, cause?: unknown): ImgsyncError {
  return new ImgsyncError(invalid(message, hint), { cause });
}
