import { type Command, Option } from "commander";
import { ImgsyncError } from "../../model/error.ts";
import type { Plan } from "../../model/plan.ts";
import type { Reporter } from "../../model/ports.ts";
import { findTooFewPulls } from "../../reporters/words/counted-pulls.ts";
import { APPLY_FORMATS, type ApplyFormat } from "../../reporters/table.ts";
import { systemClock } from "../../async/system-clock.ts";
import { jsonReportPieces } from "../../reporters/json-report.ts";
import { type Context, reporterOptionsFor } from "../terminal/context.ts";
import { keepHeapSmall } from "../terminal/heap.ts";
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
import type { Run } from "../terminal/run.ts";
import { openSession, type Session } from "../../app/session/session.ts";
import { beginReading } from "../input/in-session.ts";
import { checkCanAsk, decideOn } from "../input/decide.ts";
import { readPlace, readRemotePlan } from "../input/remote.ts";
import { pushReport, type RemotePlan } from "../../app/remote-plan.ts";
import type { Report } from "../../model/event.ts";
import { addShardOptions, checkShardFlags, readShard, type ShardFlags } from "../input/shard.ts";
import type { ShardNumber } from "../../model/shard.ts";
import { readManifestOf, showSavedPlan } from "../input/saved-plan.ts";
import { type CommandSetup, readLockedSetup } from "../input/setup.ts";
import { filesRead } from "../input/files-read.ts";
import { type Drain, openDrain } from "../terminal/drain.ts";
import { printFindings } from "../terminal/findings.ts";
import { type Live, withLive } from "../terminal/live.ts";
import { writeOutput } from "../terminal/write-output.ts";
import { checkOutput } from "../terminal/check-output.ts";
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
    .argument("[plan]", "a plan saved with imgsync plan --out: a file, or oci://HOST/REPOSITORY:TAG")
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
    .option("--report <file>", "save the report as JSON, for imgsync report merge")
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
  checkShardFlags(flags, { isSaved: planFile !== undefined });
  const place = await readPlace(planFile);
  const setup = await readManifestOf(place.saved, () => readLockedSetup(context, flags));
  if (setup === undefined) return EXIT.failed;
  if (flags.report !== undefined) {
    const plan = place.saved === undefined ? [] : [{ path: place.saved.name, what: "the plan" }];
    const reads = [...filesRead(setup, flags), ...plan];
    await checkOutput(flags.report, { flag: "--report", what: "the report", reads });
  }
  if (flags.dryRun !== true && flags.yes !== true) checkCanAsk(context, flags);
  const remote = place.remote && (await readRemotePlan(setup, place.remote));
  const saved = remote ?? place.saved;
  const shard = readShard(context, flags, saved?.plan);
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
      const session = await printFindings(
        own,
        openSession({ ...own, world, only: flags.only }, onWarning, { sharedBy }),
      );
      try {
        const request = { setup: own, flags, reporter, saved, remote, shard, sharedBy, live, drain };
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
  /** The saved plan, if it is in a registry. */
  readonly remote: RemotePlan | undefined;
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
      if (event.type === "run.started" && event.total > 0) keepHeapSmall();
      drain.onEvent(event);
      reporter.report(event);
    },
    onProgress: live.reading,
  });
  if (report !== undefined) await saveReport(session, report, request);
  return report === undefined ? exitCode : exitCodeOfReport(report, interruption.exitCode());
}

/** The report of a shard goes to the registry of its plan, unless a file is named. */
async function saveReport(session: Session, report: Report, { flags, remote, shard }: Request): Promise<void> {
  const { signal } = session.world;
  if (flags.report !== undefined) await writeOutput(flags.report, jsonReportPieces(report), { what: "the report" });
  // without a report, the shard of an interrupted run is missing, which is a failure too
  else if (remote !== undefined && shard !== undefined && !signal.aborted)
    await pushReport(session.registries.client, report, { plan: remote, shard, signal });
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
