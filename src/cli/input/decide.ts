import { ImgsyncError } from "../../model/error.ts";
import { countActions, isMoving, type Plan } from "../../model/plan.ts";
import { type ApplyFormat, PLAN_FORMATS } from "../../reporters/table.ts";
import { summarisePlan } from "../../reporters/words/plan-summary.ts";
import { createStyle } from "../../reporters/words/style.ts";
import { confirm } from "../terminal/confirm.ts";
import { type Context, renderOptionsFor } from "../terminal/context.ts";
import type { Live } from "../terminal/live.ts";
import { warn } from "../terminal/warn.ts";
import { printPieces } from "../terminal/write-output.ts";
import type { CommandSetup } from "./setup.ts";

/** Flags that decide whether a plan is applied. */
export type DecisionFlags = {
  readonly format: ApplyFormat;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly skipBlocked?: boolean;
  readonly repair?: boolean;
};

export type DecisionRequest = {
  readonly setup: Pick<CommandSetup, "context" | "look">;
  readonly flags: DecisionFlags;
  readonly live: Live;
};

/**
 * Checked before any request is made: otherwise a pipeline without `--yes` would pass until there is something to write.
 * @throws ImgsyncError USAGE
 */
export function checkCanAsk({ stderr }: Context, { format }: DecisionFlags): void {
  const isTerminal = stderr.isTTY === true && process.stdin.isTTY;
  if (isTerminal && format === "text") return;
  throw new ImgsyncError({
    code: "USAGE",
    message: `cannot ask for confirmation: ${isTerminal ? `the format is ${format}` : "not a terminal"}`,
    hint: "add --yes to apply without asking, or --dry-run to show what would change",
  });
}

/** Decides whether to apply the plan. On a terminal, shows it and asks for confirmation. */
export async function decideOn(
  plan: Plan,
  { setup: { context, look }, flags, live }: DecisionRequest,
): Promise<"go" | "confirmed" | "no" | "dry-run"> {
  const { stdout, stderr } = context;
  live.read();
  await live.hide();
  if (flags.dryRun === true) {
    printPieces(stdout, PLAN_FORMATS[flags.format](plan, renderOptionsFor(context, "stdout", look)));
    return "dry-run";
  }
  const { blocked, error } = countActions(plan.changes);
  const isBlocked = blocked > 0 && flags.skipBlocked !== true;
  const ending = isBlocked ? "failed" : blocked + error > 0 ? "partly" : "done";
  const mayWrite = plan.changes.some(isMoving) || flags.repair === true;
  if (!mayWrite && !isBlocked) return "go";
  if (isBlocked || flags.yes === true) {
    live.ended(summarisePlan(plan, { style: createStyle(false) }).join(" "), ending);
    return "go";
  }
  printPieces(stderr, PLAN_FORMATS.text(plan, renderOptionsFor(context, "stderr", look)));
  if (
    await confirm(
      context,
      flags.repair === true ? "Apply these changes, and restore what is missing?" : "Apply these changes?",
    )
  )
    return "confirmed";
  warn(context, look, "cancelled, nothing was written");
  return "no";
}
