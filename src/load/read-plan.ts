import { open } from "node:fs/promises";
import { ImgsyncError } from "../model/error.ts";
import type { Plan } from "../model/plan.ts";
import { decodePlan, PLAN_VERSION } from "../documents/plan-document.ts";
import type { PlanDocument } from "../schema/generated/plan.ts";
import { planChecksum } from "../documents/plan-checksum.ts";
import { validate } from "../schema/validate.ts";

const MAX_BYTES = 256 * 1024 * 1024;

/**
 * A plan that was saved, with its form and checksum checked.
 * @throws ImgsyncError PLAN_INVALID
 */
export async function readPlan(file: string): Promise<Plan> {
  const value = parse(await readText(file), file);
  const version = typeof value === "object" && value !== null && "version" in value ? value.version : undefined;
  if (version !== PLAN_VERSION)
    throw invalid(`"${file}" is no plan of version ${PLAN_VERSION}`, "plan again, with this version of imgsync");
  const [problem] = await validate("plan", value);
  if (problem !== undefined)
    throw invalid(`"${file}" is no plan: ${["", ...problem.path].join("/")}: ${problem.message}`, "plan again");
  // the schema has just said that it is one
  const document = value as PlanDocument;
  if (planChecksum(document) !== document.checksum)
    throw invalid(
      `"${file}" was changed after it was made: its checksum does not match`,
      "plan again: a saved plan is applied as it was reviewed, not edited",
    );
  return decodePlan(document);
}

async function readText(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size > MAX_BYTES) throw invalid(`"${file}" is larger than ${MAX_BYTES} bytes`, "this is no plan of imgsync");
      return await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof ImgsyncError) throw cause;
    throw new ImgsyncError(
      {
        code: "PLAN_INVALID",
        message: `the plan "${file}" cannot be read`,
        hint: "make one with imgsync plan --out FILE",
      },
      { cause },
    );
  }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ImgsyncError(
      { code: "PLAN_INVALID", message: `"${file}" is not JSON`, hint: "make one with imgsync plan --out FILE" },
      { cause },
    );
  }
}

function invalid(message: string, hint: string): ImgsyncError {
  return new ImgsyncError({ code: "PLAN_INVALID", message, hint });
}
