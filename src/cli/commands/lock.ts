import { type Command, Option } from "commander";
import { systemClock } from "../../async/system-clock.ts";
import { checkUpdate, lock as lockManifest } from "../../app/lock.ts";
import { LOCK_FORMATS, type LockFormat } from "../../reporters/lock-report.ts";
import { plural } from "../../reporters/words/format.ts";
import { inLiveSession } from "../input/in-session.ts";
import { type CommandSetup, readSetup } from "../input/setup.ts";
import { type Context, renderOptionsFor } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-code.ts";
import { afterHelp, type Example } from "../terminal/help.ts";
import { addManifestOptions, addNetworkOptions, type ManifestFlags, type NetworkFlags } from "../terminal/options.ts";
import { collect, repeatableOption } from "../terminal/repeatable.ts";
import type { Run } from "../terminal/run.ts";
import { warn } from "../terminal/warn.ts";

type Flags = ManifestFlags &
  NetworkFlags & {
    readonly format: LockFormat;
    /** `true`: given without a pattern. */
    readonly update?: true | readonly string[];
    readonly check?: boolean;
  };

const EXAMPLES: readonly Example[] = [
  ["imgsync lock", "lock what is new, keep the rest"],
  ["imgsync lock --update", "take what the sources have now"],
  ["imgsync lock --update 'docker.io/library/*:*'"],
  ["imgsync lock --check", "in CI: check that nothing moved"],
];

export function addLock(program: Command, run: Run): void {
  const command = program
    .command("lock")
    .summary("write the digests of all source tags to a lock file")
    .description(
      "Writes the digests of the source tags that the manifest declares to a lock file next to it, which plan and apply then use. Writes to no registry.",
    )
    .addOption(
      repeatableOption(
        "--update [pattern]",
        "refresh locked tags; with a glob over source tags, only those; repeatable",
        collectUpdate,
      ),
    )
    .addOption(
      new Option("--check", "write nothing, and exit with 1 if the lock differs from the sources").conflicts("update"),
    )
    .addOption(new Option("--format <format>", "output format").choices(Object.keys(LOCK_FORMATS)).default("text"))
    .addHelpText("after", afterHelp({ "Examples:": EXAMPLES }));
  addNetworkOptions(addManifestOptions(command)).action(run(lock));
}

async function lock(context: Context, flags: Flags): Promise<number> {
  const since = systemClock.monotonic();
  const patterns = Array.isArray(flags.update) ? flags.update : undefined;
  checkUpdate(patterns);
  const setup = await readSetup(context, flags);
  if (setup === undefined) return EXIT.failed;
  const report = await inLiveSession(setup, { since }, (session, live) =>
    lockManifest(session, {
      path: setup.path,
      update: patterns ?? (flags.update === true ? "all" : "none"),
      check: flags.check === true,
      onProgress: live.reading,
    }),
  );
  context.stdout.write(LOCK_FORMATS[flags.format](report, renderOptionsFor(context, "stdout", setup.look)));
  warnOfUnlocked(setup);
  return report.state === "written" || report.state === "unchanged" ? EXIT.done : EXIT.failed;
}

function warnOfUnlocked({ context, look, manifest }: CommandSetup): void {
  const patterns = manifest.catalogs?.length ?? 0;
  if (patterns > 0) warn(context, look, `the tags of ${plural(patterns, "pattern")} over repositories are not locked`);
  const local = manifest.entries.filter(({ source }) => source.kind === "docker-daemon").length;
  if (local === 0) return;
  warn(context, look, `${plural(local, "local image is", "local images are")} not locked: only this machine has them`);
}

function collectUpdate(value: string | undefined, before: true | readonly string[] | undefined): readonly string[] {
  return collect(value ?? "**", before === true ? [] : before);
}
