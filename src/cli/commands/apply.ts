import { type Command, Option } from "commander";
import { createPutTag } from "../../copy/put-existing.ts";
import { applyPlan } from "../../executor/apply.ts";
import { ImgsyncError } from "../../model/error.ts";
import { countActions, isMoving, type Plan } from "../../model/plan.ts";
import type { Reporter } from "../../model/ports.ts";
import { DOCKER_HUB } from "../../model/reference.ts";
import { describeTooFew } from "../../reporters/words/hub-pulls.ts";
import { APPLY_FORMATS, type ApplyFormat, PLAN_FORMATS } from "../../reporters/table.ts";
import { systemClock } from "../../async/system-clock.ts";
import { checkPlan, holdYoungBack } from "../check-plan.ts";
import { confirm } from "../terminal/confirm.ts";
import { confirmDeletes, refuseUnconfirmedDeletes } from "../confirm-deletes.ts";
import { type Context, isCi, renderOptionsFor } from "../terminal/context.ts";
import { openEngines } from "../engines.ts";
import { EXIT, exitCodeOfPlan, exitCodeOfReport } from "../terminal/exit-code.ts";
import { planNow } from "../make-plan.ts";
import {
  addLockOptions,
  addManifestOptions,
  addNetworkOptions,
  addOnlyOption,
  addVerifyOption,
  type LockFlags,
  type ManifestFlags,
  type NetworkFlags,
} from "../terminal/options.ts";
import { readPlan } from "../read-plan.ts";
import type { Run } from "../terminal/run.ts";
import { openSession, readLockedSetup, type Session, type Setup } from "../session.ts";
import { warn } from "../terminal/warn.ts";

type Flags = ManifestFlags &
  LockFlags &
  NetworkFlags & {
    readonly format: ApplyFormat;
    readonly only?: readonly string[];
    readonly yes?: boolean;
    readonly dryRun?: boolean;
    readonly skipBlocked?: boolean;
    readonly failFast?: boolean;
    readonly repair?: boolean;
    readonly verify?: boolean;
    readonly keepLocal?: boolean;
    readonly quiet?: boolean;
    readonly progress?: string;
  };

const EXAMPLES = `
Examples:
  imgsync apply                    plan, ask, apply
  imgsync apply --yes              the same without asking, for CI
  imgsync apply plan.json --yes    exactly what was reviewed
  imgsync apply --dry-run          what it would do
  imgsync apply --repair           restore what a registry has lost
`;

export function addApply(program: Command, run: Run): void {
  const command = program
    .command("apply")
    .summary("make it so")
    .description(
      "Plans, asks on a terminal, and makes the target tags what the manifest wishes. With PLAN, applies that saved plan exactly.",
    )
    .argument("[plan]", "a plan that imgsync plan --out has saved")
    .option("-y, --yes", "do not ask for confirmation; required when not on a terminal, unless --dry-run")
    .option("--dry-run", "show what would be done, and write nothing")
    .option("--skip-blocked", "apply the other changes although some are blocked (still exits 3)")
    .option("--fail-fast", "begin nothing new after a failure, and nothing at all if a change cannot be made")
    .option("--keep-local", "let the local tags and images of the docker engine stay")
    .addOption(
      new Option("--repair", "also restore what is missing under tags that are right; moves no tag").conflicts(
        "dryRun",
      ),
    )
    .addOption(
      new Option("--format <format>", "how the run is told").choices(Object.keys(APPLY_FORMATS)).default("text"),
    )
    .addOption(new Option("--progress <how>", "how progress is shown").choices(["auto", "plain", "quiet"]))
    .addOption(new Option("-q, --quiet", "only what needs attention").conflicts("verbose"))
    .addHelpText("after", EXAMPLES);
  addNetworkOptions(addLockOptions(addOnlyOption(addManifestOptions(addVerifyOption(command))))).action(run(apply));
}

async function apply(context: Context, flags: Flags, planFile?: string): Promise<number> {
  if (planFile !== undefined && flags.only !== undefined) {
    throw new ImgsyncError({
      code: "USAGE",
      message: "--only does not go with a saved plan",
      hint: "a saved plan is applied as it was reviewed: plan again with --only",
    });
  }
  const setup = await readLockedSetup(context, flags);
  if (setup === undefined) return EXIT.failed;
  if (flags.dryRun !== true && flags.yes !== true) checkCanAsk(context, flags);
  const reporter = createReporter(setup, flags);
  const session = await openSession(setup, (message, host) =>
    reporter.report({ type: "warning", message, reference: host }),
  );
  try {
    return await applyWith(session, { flags, reporter, planFile });
  } finally {
    await reporter.finish();
    await session.close();
  }
}

type Wish = { readonly flags: Flags; readonly reporter: Reporter; readonly planFile: string | undefined };

async function applyWith(session: Session, { flags, reporter, planFile }: Wish): Promise<number> {
  const { context, settings, manifest, registries } = session;
  // before the first look: on a plan that takes minutes, the oldest one counts
  const plannedAt = systemClock.monotonic();
  const made =
    planFile === undefined
      ? await planNow(session, { only: flags.only, sizes: false })
      : await holdYoungBack(session, await readPlan(context, session.look, { file: planFile, manifest }));
  if (planFile !== undefined) await refuseUnconfirmedDeletes(session, made);
  const { plan, isProtected } = await checkPlan(session, made);
  const tooFew = describeTooFew(plan.changes, registries.spending());
  if (tooFew !== undefined) reporter.report({ type: "warning", message: tooFew, reference: DOCKER_HUB });
  const decision = await decide(session, flags, plan);
  if (decision === "no") return context.interruption.signal.aborted ? context.interruption.exitCode() : EXIT.failed;
  if (decision === "dry-run") return exitCodeOfPlan(plan, { detailed: false });
  const { signal } = context.interruption;
  const report = await applyPlan({
    plan,
    rules: manifest.rules,
    entries: manifest.entries,
    ...(session.signatures === undefined ? {} : { signatures: session.signatures }),
    isProtected,
    confirmDeletes: (deletes) => confirmDeletes(session, deletes),
    engineFor: openEngines(session, { keepLocal: flags.keepLocal === true }),
    reader: registries.client.reader,
    putTag: createPutTag(registries.client),
    emit: reporter.report,
    clock: systemClock,
    signal,
    concurrency: settings.concurrency,
    itemMs: settings.timeouts.itemMs,
    skipBlocked: flags.skipBlocked === true,
    failFast: flags.failFast === true,
    repair: flags.repair === true,
    verify: settings.verify,
    plannedAt: planFile === undefined && decision !== "confirmed" ? plannedAt : undefined,
  });
  return exitCodeOfReport(report, context.interruption.exitCode());
}

/**
 * Before any registry is asked: a pipeline without `--yes` would otherwise pass for as long as there is nothing to write.
 * @throws ImgsyncError USAGE
 */
function checkCanAsk({ stderr }: Context, { format }: Flags): void {
  const isTerminal = stderr.isTTY === true && process.stdin.isTTY;
  if (isTerminal && format === "text") return;
  throw new ImgsyncError({
    code: "USAGE",
    message: `cannot ask for confirmation: ${isTerminal ? `the format is ${format}` : "not a terminal"}`,
    hint: "add --yes to apply without asking, or --dry-run to show what would be done",
  });
}

/** Whether to go on; on a terminal the person is shown the plan and asked. */
async function decide(
  { context, look }: Setup,
  flags: Flags,
  plan: Plan,
): Promise<"go" | "confirmed" | "no" | "dry-run"> {
  const { stdout, stderr } = context;
  if (flags.dryRun === true) {
    stdout.write(PLAN_FORMATS[flags.format](plan, renderOptionsFor(context, "stdout", look)));
    return "dry-run";
  }
  const isBlocked = countActions(plan.changes).blocked > 0 && flags.skipBlocked !== true;
  const mayWrite = plan.changes.some(isMoving) || flags.repair === true;
  if (!mayWrite || isBlocked || flags.yes === true) return "go";
  stderr.write(PLAN_FORMATS.text(plan, renderOptionsFor(context, "stderr", look)));
  if (await confirm(context, flags.repair === true ? "Apply this, and restore what is missing?" : "Apply this?"))
    return "confirmed";
  warn(context, look, "nothing was written");
  return "no";
}

function createReporter({ context, settings, look }: Setup, flags: Flags): Reporter {
  const { stdout, stderr } = context;
  const isPlain = settings.progress === "plain" || look.verbose;
  return APPLY_FORMATS[flags.format]({
    stdout,
    stderr: isPlain ? { write: stderr.write } : stderr,
    styles: {
      stdout: renderOptionsFor(context, "stdout", look).style,
      stderr: renderOptionsFor(context, "stderr", look).style,
    },
    clock: systemClock,
    verbose: look.verbose,
    quiet: flags.quiet === true || settings.progress === "quiet",
    ci: isCi(context),
  });
}
