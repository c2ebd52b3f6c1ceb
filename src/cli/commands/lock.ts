import { type Command, Option } from "commander";
import { takeSnapshot } from "../../executor/snapshot.ts";
import { ImgsyncError } from "../../model/error.ts";
import type { Lock } from "../../model/lock.ts";
import { globProblem, matchesGlobs } from "../../selectors/glob.ts";
import { lockables } from "../../manifest/apply-lock.ts";
import { formatLock } from "../../manifest/lock-file.ts";
import { compileOnly, type Only } from "../../planner/only.ts";
import { lockQuestions, type ResolvedLock, resolveLock } from "../../planner/resolve-lock.ts";
import { LOCK_FORMATS, type LockFormat, type LockReport } from "../../reporters/lock-report.ts";
import { type Context, renderOptionsFor } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-code.ts";
import { type LockFile, readLockFile, writeLockFile } from "../lock-file.ts";
import {
  addManifestOptions,
  addNetworkOptions,
  collect,
  type ManifestFlags,
  type NetworkFlags,
} from "../terminal/options.ts";
import type { Run } from "../terminal/run.ts";
import { openSession, readSetup, type Session } from "../session.ts";
import { openStatusLine } from "../terminal/status-line.ts";
import { warn } from "../terminal/warn.ts";

type Flags = ManifestFlags &
  NetworkFlags & {
    readonly format: LockFormat;
    /** `true`: without a pattern. */
    readonly update?: true | readonly string[];
    readonly check?: boolean;
  };

const EMPTY: Lock = { locked: [] };
const NOTHING: Only = { matches: () => false, mayMatch: () => false };

const EXAMPLES = `
Examples:
  imgsync lock                                 lock what is new, keep the rest
  imgsync lock --update                        take what the sources have now
  imgsync lock --update 'docker.io/library/*:*'
  imgsync lock --check                         in CI: has anything moved?
`;

export function addLock(program: Command, run: Run): void {
  const command = program
    .command("lock")
    .summary("write down which digests the manifest stands for")
    .description(
      "Writes the digests of all wished source tags into a lock file beside the manifest, which plan and apply then use. Writes to no registry.",
    )
    .option(
      "--update [pattern]",
      "look again at locked tags; with a glob over source tags, only at those",
      collectUpdate,
    )
    .addOption(
      new Option("--check", "write nothing, and exit with 1 if the lock is not what the sources have").conflicts(
        "update",
      ),
    )
    .addOption(new Option("--format <format>", "how it is told").choices(Object.keys(LOCK_FORMATS)).default("text"))
    .addHelpText("after", EXAMPLES);
  addNetworkOptions(addManifestOptions(command)).action(run(lock));
}

async function lock(context: Context, flags: Flags): Promise<number> {
  const patterns = Array.isArray(flags.update) ? flags.update : undefined;
  for (const pattern of patterns ?? []) {
    const problem = globProblem(pattern);
    if (problem !== undefined) throw new ImgsyncError({ code: "USAGE", message: `--update "${pattern}": ${problem}` });
  }
  const setup = await readSetup(context, flags);
  if (setup === undefined) return EXIT.failed;
  const file = await readLockFile(setup.path);
  const session = await openSession(setup, (message, host) => warn(context, setup.look, `${host}: ${message}`));
  try {
    const isAll = flags.check === true || flags.update === true;
    const refresh = isAll ? compileOnly(undefined) : patterns === undefined ? NOTHING : compileOnly(patterns);
    const resolved = await resolve(session, file.lock ?? EMPTY, refresh);
    if (patterns !== undefined) refuseUnmatched(patterns, [file.lock ?? EMPTY, resolved.lock]);
    const state = await settle(file, resolved, flags.check === true);
    const report = { file: file.name, state, wishes: lockables(setup.manifest), ...resolved };
    context.stdout.write(LOCK_FORMATS[flags.format](report, renderOptionsFor(context, "stdout", setup.look)));
    tellUnlocked(session);
    return state === "written" || state === "unchanged" ? EXIT.done : EXIT.failed;
  } finally {
    await session.close();
  }
}

async function resolve(
  { context, manifest, registries, docker }: Session,
  old: Lock,
  refresh: Only,
): Promise<ResolvedLock> {
  const request = { manifest, old, refresh };
  const status = openStatusLine(context.stderr);
  try {
    const snapshot = await takeSnapshot({
      ask: (known) => lockQuestions(request, known),
      reader: registries.client.reader,
      localImages: docker.images,
      signal: context.interruption.signal,
      deadline: registries.deadline,
      onAnswer: ({ answered, asked }) => status.show(`reading registries: ${answered} of ${asked}`),
    });
    return resolveLock(request, snapshot);
  } finally {
    status.clear();
  }
}

/** A lock that lacks something is never written: the next plan would stand on it. */
async function settle(file: LockFile, { lock, failures }: ResolvedLock, check: boolean): Promise<LockReport["state"]> {
  if (failures.length > 0) return "failed";
  if (file.lock !== undefined && formatLock(file.lock) === formatLock(lock)) return "unchanged";
  if (check) return "outdated";
  await writeLockFile(file, lock);
  return "written";
}

function tellUnlocked({ context, look, manifest }: Session): void {
  const local = manifest.entries.filter(({ source }) => source.kind === "docker-daemon").length;
  if (local === 0) return;
  warn(
    context,
    look,
    `${local} local ${local === 1 ? "image is" : "images are"} not locked: only this machine has them`,
  );
}

function refuseUnmatched(patterns: readonly string[], locks: readonly Lock[]): void {
  const isMatched = locks.some(({ locked }) =>
    locked.some(({ source, tags }) => [...tags.keys()].some((tag) => matchesGlobs(patterns, `${source}:${tag}`))),
  );
  if (isMatched) return;
  throw new ImgsyncError({
    code: "USAGE",
    message: `--update ${patterns.map((pattern) => `"${pattern}"`).join(" ")} matches no locked tag`,
    hint: 'it is a glob over HOST/REPOSITORY:TAG of sources, such as "docker.io/library/**"',
  });
}

function collectUpdate(value: string | undefined, before: true | readonly string[] | undefined): readonly string[] {
  return collect(value ?? "**", before === true ? [] : before);
}
