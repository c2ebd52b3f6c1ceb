import { hostname } from "node:os";
import { type Command, Option } from "commander";
import type { Reporter } from "../../model/ports.ts";
import { formatRepository } from "../../model/reference.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import { sendNotice } from "../../http/notice.ts";
import { createRate } from "../../http/rate.ts";
import { createJsonReporter } from "../../reporters/jsonl.ts";
import { createPlainReporter } from "../../reporters/plain.ts";
import { createDeleteBudget } from "../../app/watch/delete-budget.ts";
import type { Election } from "../../app/watch/election.ts";
import type { GivenLease } from "../../app/watch/lease.ts";
import { createInstances } from "../../app/watch/instances.ts";
import { systemClock } from "../../async/system-clock.ts";
import { defined } from "../../model/defined.ts";
import { forTerminal } from "../../text/sanitize.ts";
import { type Context, reporterOptionsFor } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-code.ts";
import { afterHelp, type Example } from "../terminal/help.ts";
import {
  addLockOptions,
  addManifestOptions,
  addNetworkOptions,
  addVerifyOption,
  type LockFlags,
  type ManifestFlags,
  type NetworkFlags,
} from "../terminal/options.ts";
import { repeatableOption } from "../terminal/repeatable.ts";
import type { Run } from "../terminal/run.ts";
import { type CommandSetup, readLockedSetup } from "../input/setup.ts";
import { printFindings } from "../terminal/findings.ts";
import { warn } from "../terminal/warn.ts";
import { limitDrain } from "../../app/watch/drain.ts";
import {
  collectHostName,
  readJitter,
  readLease,
  readPlace,
  readSchedule,
  readTimezone,
} from "../input/watch-arguments.ts";
import { createLoad } from "../input/reload.ts";
import { openNotices, readAddresses } from "../../app/watch/notices.ts";
import { runOnce } from "../../app/watch/run-once.ts";
import { openWatching, type Place } from "../../app/watch/watching.ts";

const DRAINING = "interrupted: no new changes start, and those in progress may finish; a second Ctrl-C stops at once";

type Flags = ManifestFlags &
  LockFlags &
  NetworkFlags & {
    readonly schedule: string;
    readonly timezone: string;
    readonly jitter: number;
    readonly listen: Place | "off";
    readonly allowHost?: readonly string[];
    readonly format: "text" | "json";
    readonly skipBlocked?: boolean;
    readonly verify?: boolean;
    readonly maxDeletesPerDay?: string;
    readonly lease?: GivenLease;
  };

const EXAMPLES: readonly Example[] = [
  ["imgsync watch", "every 15 minutes, with a status page"],
  ["imgsync watch --schedule '0 3 * * *' --timezone Europe/Paris"],
  ["imgsync watch --listen 0.0.0.0:8080 --allow-host status.example.com"],
  ["imgsync watch --lease imgsync/watch", "several replicas, of which one works"],
];

export function addWatch(program: Command, run: Run): void {
  const command = program
    .command("watch")
    .summary("plan and apply on a schedule")
    .description(
      "Keeps running and applies the manifest on its schedules. Reports changes and problems to IMGSYNC_WEBHOOK_URL, and runs without problems to IMGSYNC_HEARTBEAT_URL.",
    )
    .addOption(
      new Option("--schedule <cron>", "schedule for entries without one")
        .default("*/15 * * * *")
        .argParser(readSchedule),
    )
    .addOption(new Option("--timezone <name>", "time zone for schedules").default("UTC").argParser(readTimezone))
    .addOption(
      new Option("--jitter <seconds>", "random start delay, up to this many seconds (default: 10)")
        .default(10)
        .argParser(readJitter),
    )
    .addOption(
      new Option("--listen <host:port>", "address for status, health and metrics, or off (default: 127.0.0.1:8080)")
        .default({ host: "127.0.0.1", port: 8080 })
        .argParser(readPlace),
    )
    .addOption(
      repeatableOption(
        "--allow-host <name>",
        "also answer under this host name; repeatable (default: loopback names)",
        collectHostName,
      ),
    )
    .addOption(
      new Option(
        "--lease <namespace/name>",
        "of several replicas, only the one that holds this Kubernetes Lease runs (default namespace: the pod's)",
      ).argParser(readLease),
    )
    .option("--skip-blocked", "apply the other changes even if some are blocked")
    .option(
      "--max-deletes-per-day <number>",
      "how many tags all runs may delete in 24 hours (default: 5 times maxDeletes of the manifest)",
    )
    .addOption(new Option("--format <format>", "output format").choices(["text", "json"]).default("text"))
    .addHelpText("after", afterHelp({ "Examples:": EXAMPLES }));
  addNetworkOptions(addLockOptions(addManifestOptions(addVerifyOption(command)))).action(run(watch));
}

async function watch(context: Context, flags: Flags): Promise<number> {
  const addresses = readAddresses(context);
  const setup = await readLockedSetup(context, flags);
  if (setup === undefined) return EXIT.failed;
  const notices = openNotices(context, setup.settings);
  const rate = createRate();
  const budget = createDeleteBudget(systemClock);
  const work = new AbortController();
  const drain = context.interruption.signal;
  const instances = createInstances({
    parent: context.environment["XDG_RUNTIME_DIR"] || setup.world.temporaryFolder,
    userId: setup.world.userId,
    processId: process.pid,
    isAlive,
  });
  const report = (message: string, reference?: string): void => warn(context, setup.look, message, reference);
  let runs = 0;
  drain.addEventListener("abort", () => runs > 0 && report(DRAINING), { once: true });
  const { skipBlocked = false, schedule, timezone, jitter } = flags;
  const election = await electionOf(setup, flags, report);
  const watching = await openWatching({
    addresses,
    clock: systemClock,
    random: Math.random,
    name: flags.file ?? "images.yaml",
    defaultSchedule: schedule,
    timezone,
    jitterMs: jitter * 1000,
    drain,
    manifest: setup.manifest,
    load: createLoad(context, flags, setup),
    ...defined({ election }),
    run: async (manifest, onAnswer, listener, term) => {
      runs += 1;
      return printFindings(
        setup,
        runOnce({
          setup: { ...setup, world: { ...setup.world, signal: eitherOf(drain, term) } },
          manifest,
          reporter: createReporter(setup, flags),
          skipBlocked,
          rate,
          budget,
          onAnswer,
          listener,
          signal: eitherOf(work.signal, term),
          clock: systemClock,
        }),
      ).finally(() => void (runs -= 1));
    },
    post: (url, body) => sendNotice(notices, url, body),
    warn: report,
    // replicas with a lease do not work at the same time
    onManifest: (manifest) => void (election === undefined && noticeOthers(manifest, instances.note, report)),
    listen: flags.listen,
    allowedHosts: flags.allowHost ?? [],
  }).catch(async (thrown: unknown) => {
    await election?.end();
    throw thrown;
  });
  if (watching.address !== undefined) context.stderr.write(`status on http://${watching.address}/\n`);
  const limits = limitDrain({
    clock: systemClock,
    drain,
    cutWork: () => work.abort(new DOMException("interrupted", "AbortError")),
    cutNotices: () => void notices.close(),
  });
  try {
    await watching.finish();
    return work.signal.aborted ? context.interruption.exitCode() : EXIT.done;
  } finally {
    limits.stop();
    await election?.end();
    await watching.close();
    await notices.close();
    await instances.leave();
  }
}

async function electionOf(
  { world, settings, context }: CommandSetup,
  { lease: given }: Flags,
  warn: (message: string) => void,
): Promise<Election | undefined> {
  if (given === undefined) return undefined;
  const { openElection } = await import("../../app/watch/lease.ts");
  const note = (message: string): void => void context.stderr.write(`${forTerminal(message)}\n`);
  // in a pod, both are the name of the pod, and Deno needs no permission for the variable
  const hostName = context.environment["HOSTNAME"] || hostname();
  return openElection({ given, world, settings, hostName, note, warn });
}

function eitherOf(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? one : AbortSignal.any([one, other]);
}

async function noticeOthers(
  manifest: SyncManifest,
  note: (repositories: readonly string[]) => Promise<readonly number[]>,
  report: (message: string) => void,
): Promise<void> {
  const repositories = manifest.entries.flatMap(({ targets }) =>
    targets.map(({ repository }) => formatRepository(repository)),
  );
  try {
    const others = await note([...new Set(repositories)]);
    if (others.length > 0)
      report(`another imgsync watch (process ${others.join(", ")}) syncs some of the same target repositories`);
  } catch {
    // watch also works on machines without a folder for such notes
  }
}

function createReporter({ context, look }: CommandSetup, { format }: Flags): Reporter {
  const options = reporterOptionsFor(context, look);
  return format === "json" ? createJsonReporter(options) : createPlainReporter(options);
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}
