import { open } from "node:fs/promises";
import { ImgsyncError } from "../model/error.ts";
import type { Plan } from "../model/plan.ts";
import { decodePlan, PLAN_VERSION, type PlanDocument } from "../documents/plan-document.ts";
import { planChecksum } from "../documents/plan-checksum.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { checkSavedPlan } from "../planner/saved-plan.ts";
import { renderError } from "../reporters/diagnostics.ts";
import { validate } from "../schema/validate.ts";
import { type Context, type Look, renderOptionsFor } from "./terminal/context.ts";

const MAX_BYTES = 256 * 1024 * 1024;

/**
 * A saved plan that this manifest wishes, change by change.
 * @throws ImgsyncError PLAN_INVALID or PLAN_OUTDATED; single changes that are refused are told on stderr before
 */
export async function readPlan(
  context: Context,
  look: Look,
  { file, manifest }: { readonly file: string; readonly manifest: SyncManifest },
): Promise<Plan> {
  const value = parse(await readText(file), file);
  const version = typeof value === "object" && value !== null && "version" in value ? value.version : undefined;
  if (version !== PLAN_VERSION)
    throw invalid(`"${file}" is no plan of version ${PLAN_VERSION}`, "plan again, with this version of imgsync");
  const [problem] = await validate("plan", value);
  if (problem !== undefined)
    throw invalid(`"${file}" is no plan: ${["", ...problem.path].join("/")}: ${problem.message}`, "plan again");
  // the schema has just said that it is one
  const document = value as PlanDocument & { readonly checksum: string };
  if (planChecksum(document) !== document.checksum)
    throw invalid(
      `"${file}" was changed after it was made: its checksum does not match`,
      "plan again: a saved plan is applied as it was reviewed, not edited",
    );
  const plan = decodePlan(document);
  const problems = checkSavedPlan(plan, manifest);
  const [first] = problems;
  if (first === undefined) return plan;
  if (problems.length === 1) throw new ImgsyncError(first);
  for (const one of problems) context.stderr.write(renderError(one, renderOptionsFor(context, "stderr", look)));
  throw invalid(`"${file}" has ${problems.length} changes that are refused; nothing was written`, "plan again");
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
