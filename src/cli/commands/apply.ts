import { type Command, Option } from "commander";
import { ImgsyncError } from "../../model/error.ts";
import { countActions, isMoving, type Plan } from "../../model/plan.ts";
import type { Reporter } from "../../model/ports.ts";
import { findTooFewPulls } from "../../reporters/words/counted-pulls.ts";
import { APPLY_FORMATS, type ApplyFormat, PLAN_FORMATS } from "../../reporters/table.ts";
import { systemClock } from "../../async/system-clock.ts";
import { renderJsonReport } from "../../reporters/json-report.ts";
import { summarisePlan } from "../../reporters/words/plan-summary.ts";
import { createStyle } from "../../reporters/words/style.ts";
import { confirm } from "../terminal/confirm.ts";
import { type Context, renderOptionsFor, reporterOptionsFor } from "../terminal/context.ts";
import { EXIT, exitCodeOfPlan, exitCodeOfReport } from "../terminal/exit-code.ts";
import { afterHelp, type Example } from "../terminal/help.ts";
import { apply as applyManifest, type Decision } from "../../app/apply.ts";
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
import type { SavedPlan } from "../../app/saved-plan.ts";
import { readPlan } from "../../load/read-plan.ts";
import type { Run } from "../terminal/run.ts";
import { openSession, type Session } from "../../app/session/session.ts";
import { beginReading } from "../input/in-session.ts";
import { addShardOptions, readShard, type ShardFlags } from "../input/shard.ts";
import type { ShardNumber } from "../../model/shard.ts";
import { readManifestOf, showSavedPlan } from "../input/saved-plan.ts";
import { type CommandSetup, readLockedSetup } from "../input/setup.ts";
import { type Drain, openDrain } from "../terminal/drain.ts";
import { printFindings } from "../terminal/findings.ts";
import { type Live, withLive } from "../terminal/live.ts";
import { writeOutput } from "../terminal/write-output.ts";
import { warn } from "../terminal/warn.ts";

type Flags = ManifestFlags &
  LockFlags &
  NetworkFlags &
  ShardFlags & {
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
    readonly report?: string;
  };

const EXAMPLES: readonly Example[] = [
  ["imgsync apply", "plan, ask, apply"],
  ["imgsync apply --yes", "without asking, for CI"],
  ["imgsync apply plan.json --yes", "exactly what was reviewed"],
  ["imgsync apply plan.json --shard 3/16 --yes", "one part of it, on one of 16 machines"],
  ["imgsync apply --dry-run", "show what would change"],
  ["imgsync apply --repair", "restore what a registry has lost"],
];

export function addApply(program: Command, run: Run): void {
  const command = program
    .command("apply")
    .summary("apply the changes")
    .description(
      "Plans, asks for confirmation, and makes the target tags match the manifest. With PLAN, applies exactly that saved plan.",
    )
    .argument("[plan]", "a plan saved with imgsync plan --out")
    .option("-y, --yes", "do not ask for confirmation; required when not on a terminal, unless --dry-run")
    .option("--dry-run", "show what would change, and write nothing")
    .option("--skip-blocked", "apply the other changes even if some are blocked (still exits 3)")
    .option("--fail-fast", "start nothing new after a failure, and nothing at all if a change cannot be made")
    .option("--keep-local", "keep the local tags and images of the docker engine")
    .addOption(
      new Option("--repair", "also restore missing content under tags that are in sync; moves no tag").conflicts(
        "dryRun",
      ),
    )
    .addOption(new Option("--format <format>", "output format").choices(Object.keys(APPLY_FORMATS)).default("text"))
    .addOption(new Option("--progress <how>", "how to show progress").choices(["auto", "plain", "quiet"]))
    .option("--report <file>", "also save the report as JSON, for imgsync report merge")
    .addOption(new Option("-q, --quiet", "print only what needs attention").conflicts("verbose"))
    .addHelpText("after", afterHelp({ "Examples:": EXAMPLES }));
  addNetworkOptions(
    addLockOptions(addOnlyOption(addManifestOptions(addVerifyOption(addShardOptions(command))))),
  ).action(run(apply));
}

async function apply(context: Context, flags: Flags, planFile?: string): Promise<number> {
  if (planFile !== undefined && flags.only !== undefined) {
    throw new ImgsyncError({
      code: "USAGE",
      message: "--only cannot be combined with a saved plan",
      hint: "a saved plan is applied as it was reviewed: plan again with --only",
    });
  }
  const since = systemClock.monotonic();
  const saved = planFile === undefined ? undefined : { plan: await readPlan(planFile), name: planFile };
  const shard = readShard(context, flags, saved?.plan);
  const setup = await readManifestOf(saved, () => readLockedSetup(context, flags));
  if (setup === undefined) return EXIT.failed;
  if (flags.dryRun !== true && flags.yes !== true) checkCanAsk(context, flags);
  const isOff = flags.format === "json" || flags.quiet === true;
  return withLive(setup, { since, isOff }, async (own, live) => {
    beginReading(own, live);
    const isQuiet = isOff || own.settings.progress === "quiet";
    if (saved !== undefined) showSavedPlan(saved, own, { shard, live, isQuiet });
    const reporter = await createReporter(own, flags, live);
    const drain = openDrain({
      interruption: context.interruption,
      clock: systemClock,
      milliseconds: setup.settings.timeouts.drainMs,
      say: (message) => warn(own.context, own.look, message),
    });
    const world = { ...setup.world, signal: drain.signal };
    const onWarning = (message: string, host: string): void =>
      reporter.report({ type: "warning", message, reference: host });
    try {
      const sharedBy = shard === undefined ? 1 : (flags.parallel ?? shard.of);
      const session = await printFindings(own, openSession({ ...own, world }, onWarning, { sharedBy }));
      try {
        const request = { setup: own, flags, reporter, saved, shard, sharedBy, live, drain };
        return await printFindings(own, applyWith(session, request));
      } finally {
        await reporter.finish();
        await session.close();
      }
    } finally {
      drain.stop();
    }
  });
}

type Request = {
  readonly setup: CommandSetup;
  readonly flags: Flags;
  readonly reporter: Reporter;
  readonly saved: SavedPlan | undefined;
  readonly shard: ShardNumber | undefined;
  /** How many shards run at a time. */
  readonly sharedBy: number;
  readonly live: Live;
  readonly drain: Drain;
};

async function applyWith(session: Session, request: Request): Promise<number> {
  const { setup, flags, reporter, saved, shard, sharedBy, live, drain } = request;
  const { interruption } = setup.context;
  let exitCode: number = EXIT.failed;
  const decide = async (plan: Plan): Promise<Decision> => {
    for (const { host, message } of findTooFewPulls(plan.changes, session.registries.spending(), sharedBy))
      reporter.report({ type: "warning", message, reference: host });
    const decision = await decideOn(plan, { setup, flags, live });
    if (decision === "dry-run") exitCode = exitCodeOfPlan(plan, { detailed: false });
    else if (decision === "no" && interruption.signal.aborted) exitCode = interruption.exitCode();
    return decision === "go" || decision === "confirmed" ? decision : "stop";
  };
  const report = await applyManifest(session, {
    saved,
    shard,
    only: flags.only,
    decide,
    skipBlocked: flags.skipBlocked === true,
    failFast: flags.failFast === true,
    repair: flags.repair === true,
    keepLocal: flags.keepLocal === true,
    drain: interruption.signal,
    onEvent: (event) => {
      drain.onEvent(event);
      reporter.report(event);
    },
    onProgress: live.reading,
  });
  if (report !== undefined && flags.report !== undefined)
    await writeOutput(flags.report, renderJsonReport(report), "the report");
  return report === undefined ? exitCode : exitCodeOfReport(report, interruption.exitCode());
}

/**
 * Checked before any request is made: otherwise a pipeline without `--yes` would pass until there is something to write.
 * @throws ImgsyncError USAGE
 */
function checkCanAsk({ stderr }: Context, { format }: Flags): void {
  const isTerminal = stderr.isTTY === true && process.stdin.isTTY;
  if (isTerminal && format === "text") return;
  throw new ImgsyncError({
    code: "USAGE",
    message: `cannot ask for confirmation: ${isTerminal ? `the format is ${format}` : "not a terminal"}`,
    hint: "add --yes to apply without asking, or --dry-run to show what would change",
  });
}

/** Decides whether to apply the plan. On a terminal, shows it and asks for confirmation. */
async function decideOn(
  plan: Plan,
  { setup: { context, look }, flags, live }: Pick<Request, "setup" | "flags" | "live">,
): Promise<"go" | "confirmed" | "no" | "dry-run"> {
  const { stdout, stderr } = context;
  live.read();
  await live.hide();
  if (flags.dryRun === true) {
    stdout.write(PLAN_FORMATS[flags.format](plan, renderOptionsFor(context, "stdout", look)));
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
  stderr.write(PLAN_FORMATS.text(plan, renderOptionsFor(context, "stderr", look)));
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

async function createReporter(
  { context, settings, look }: CommandSetup,
  flags: Flags,
  { display }: Live,
): Promise<Reporter> {
  const isQuiet = flags.quiet === true || settings.progress === "quiet";
  const options = { ...reporterOptionsFor(context, look), quiet: isQuiet };
  if (display === undefined || look.verbose) return APPLY_FORMATS[flags.format](options);
  const { createProgressReporter } = await import("../../reporters/terminal/progress.ts");
  return createProgressReporter({ ...options, display });
}
