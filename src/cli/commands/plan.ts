import { type Command, Option } from "commander";
import type { Diagnostic } from "../../model/error.ts";
import { formatPosition } from "../../model/position.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import type { ManifestChange } from "../../manifest/changed-entries.ts";
import { annotationsOfFindings, annotationsOfPlan } from "../../reporters/annotations.ts";
import { findTooFewPulls } from "../../reporters/words/counted-pulls.ts";
import { PLAN_FORMATS, type PlanFormat } from "../../reporters/table.ts";
import { describeMappings } from "../../reporters/mapping-reasons.ts";
import { addAnnotationsOption, type AnnotationsFlag, writeAnnotations } from "../terminal/annotate.ts";
import { type Context, renderOptionsFor } from "../terminal/context.ts";
import { EXIT, exitCodeOfPlan } from "../terminal/exit-code.ts";
import { afterHelp, type Example } from "../terminal/help.ts";
import { planNow } from "../../app/make-plan.ts";
import { MAX_DOCUMENT_BYTES } from "../../load/read-document.ts";
import { findChangedSince } from "../../load/manifest-since.ts";
import {
  addLockOptions,
  addManifestOptions,
  addNetworkOptions,
  addOnlyOption,
  type LockFlags,
  type ManifestFlags,
  type NetworkFlags,
} from "../terminal/options.ts";
import { collect, repeatableOption } from "../terminal/repeatable.ts";
import { defined } from "../../model/defined.ts";
import type { Run } from "../terminal/run.ts";
import { systemClock } from "../../async/system-clock.ts";
import { createExec } from "../../programs/exec.ts";
import { readLocked } from "../input/read-locked.ts";
import { inLiveSession } from "../input/in-session.ts";
import { shardsOption } from "../input/shard.ts";
import { readOutputs } from "../input/remote.ts";
import { pushPlan, TOO_LARGE_HINT } from "../../app/remote-plan.ts";
import { formatRemote } from "../../model/remote-document.ts";
import type { Reference } from "../../model/reference.ts";
import { escapeFor } from "../../reporters/words/options.ts";
import { filesRead } from "../input/files-read.ts";
import { findProvenance } from "../input/provenance.ts";
import { type CommandSetup, readSetup } from "../input/setup.ts";
import { checkOutput } from "../terminal/check-output.ts";
import { warn } from "../terminal/warn.ts";
import { printPieces, writeOutput } from "../terminal/write-output.ts";

type Flags = ManifestFlags &
  LockFlags &
  NetworkFlags & {
    readonly format: PlanFormat;
    readonly out?: readonly string[];
    readonly only?: readonly string[];
    readonly sizes?: boolean;
    readonly shards?: number;
    readonly detailedExitcode?: boolean;
    readonly since?: string;
    readonly annotations?: AnnotationsFlag;
  };

const EXAMPLES: readonly Example[] = [
  ["imgsync plan", "what would change"],
  ["imgsync plan --out plan.json", "also save it, for imgsync apply plan.json"],
  ["imgsync plan --detailed-exitcode", "exit with 2 if something would change"],
  ["imgsync plan --since origin/main", "only what this branch changed"],
  ["imgsync plan --format json", "for programs"],
  ["imgsync plan --format markdown", "as a pull request comment"],
  ["imgsync plan --out plan.html", "and save a page for the browser"],
  ["imgsync plan --shards 16 --out plan.json", "divide it among 16 jobs"],
  ["imgsync plan --only 'registry.example.com/team/**'"],
];

const PLAN_OUTPUT = {
  what: "the plan",
  limit: { bytes: MAX_DOCUMENT_BYTES, hint: TOO_LARGE_HINT },
};

export function addPlan(program: Command, run: Run): void {
  const command = program
    .command("plan")
    .summary("show what would change")
    .description("Compares the manifest with the registries and shows what would change. Writes to no registry.")
    .addOption(new Option("--format <format>", "output format").choices(Object.keys(PLAN_FORMATS)).default("text"))
    .addOption(
      repeatableOption(
        "-o, --out <file>",
        "also save the plan, for imgsync apply FILE; FILE.html is a page for the browser, and oci://HOST/REPOSITORY:TAG a registry; repeatable",
        collect,
      ),
    )
    .option("--detailed-exitcode", "exit with 2 if something would change")
    .option("--since <revision>", "only entries that changed since this branch forked from that Git revision")
    .option("--sizes", "also read manifests for sizes where reads count as pulls")
    .addOption(shardsOption())
    .addHelpText("after", afterHelp({ "Examples:": EXAMPLES }));
  addNetworkOptions(addLockOptions(addOnlyOption(addAnnotationsOption(addManifestOptions(command))))).action(run(plan));
}

async function plan(context: Context, flags: Flags): Promise<number> {
  const since = systemClock.monotonic();
  const { files, tags } = readOutputs(flags.out ?? []);
  const findings: Diagnostic[] = [];
  const read = await readSetup(context, flags, async (diagnostics) => {
    findings.push(...diagnostics);
    // the command stops here if the manifest has errors
    if (diagnostics.some(({ severity }) => severity === "error"))
      await writeAnnotations(context, flags.annotations, annotationsOfFindings(diagnostics));
  });
  if (read === undefined) return EXIT.failed;
  const reads = filesRead(read, flags);
  for (const file of files) await checkOutput(file, { flag: "--out", what: "the plan", reads });
  // a new digest in the lock file alone does not make an entry changed
  const setup = await readLocked(read, flags, read);
  const { signal } = setup.world;
  const { manifest, orphaned } = await changedSince(read, setup.manifest, flags);
  const { made, spending, pushed } = await inLiveSession(
    { ...setup, manifest, only: flags.only },
    { since },
    async (session, live) => {
      const { client, spending: spent } = session.registries;
      const own = await planNow(session, {
        // if no entry changed, a pattern has nothing to match
        only: manifest.entries.length + (manifest.catalogs?.length ?? 0) === 0 ? undefined : flags.only,
        sizes: flags.sizes === true,
        shards: flags.shards,
        onProgress: live.reading,
      });
      const cost = spent();
      const saved: Reference[] = [];
      for (const tag of tags) saved.push({ ...tag, digest: await pushPlan(client, own, tag, { signal }) });
      return { made: own, spending: cost, pushed: saved };
    },
  );
  for (const { host, message } of findTooFewPulls(made.changes, spending)) warn(context, setup.look, message, host);
  const look = renderOptionsFor(context, "stdout", setup.look);
  const isPage = [flags.format, ...files.map(formatOf)].includes("html");
  const provenance = isPage ? await findProvenance(read, flags) : undefined;
  const options = { ...look, orphaned, spending, provenance, mappings: describeMappings(manifest) };
  const escape = escapeFor(renderOptionsFor(context, "stderr", setup.look));
  for (const reference of pushed) context.stderr.write(`saved the plan to ${escape(formatRemote(reference))}\n`);
  for (const file of files) await writeOutput(file, PLAN_FORMATS[formatOf(file)](made, options), PLAN_OUTPUT);
  const annotations = [...annotationsOfFindings(findings), ...annotationsOfPlan(made)];
  await writeAnnotations(context, flags.annotations, annotations);
  printPieces(context.stdout, PLAN_FORMATS[flags.format](made, options));
  return exitCodeOfPlan(made, { detailed: flags.detailedExitcode === true });
}

async function changedSince(
  read: CommandSetup,
  locked: SyncManifest,
  { since }: Flags,
): Promise<{ readonly manifest: SyncManifest; readonly orphaned: ManifestChange["orphaned"] | undefined }> {
  if (since === undefined) return { manifest: locked, orphaned: undefined };
  const { context, look, path, world } = read;
  const { manifest, orphaned, everything } = await findChangedSince({
    exec: createExec(world),
    signal: world.signal,
    path,
    manifest: read.manifest,
    variables: read.variables,
    since,
  });
  if (everything !== undefined)
    warn(context, look, `--since "${since}": ${everything}, so every entry counts as changed`);
  for (const target of orphaned) warn(context, look, `no longer in the manifest: ${target} (not deleted)`);
  const changed = new Set(manifest.entries.map(({ position }) => formatPosition(position)));
  const entries = locked.entries.filter(({ position }) => changed.has(formatPosition(position)));
  return { manifest: { ...locked, entries, ...defined({ catalogs: manifest.catalogs }), isPart: true }, orphaned };
}

/** A saved plan is JSON, to be applied later, unless the file name is that of a page. */
function formatOf(file: string): PlanFormat {
  return /\.html?$/i.test(file) ? "html" : "json";
}
