import { type Command, Option } from "commander";
import { mergeReports, type NamedReport } from "../../app/merge-reports.ts";
import { readReport } from "../../load/read-report.ts";
import { REPORT_FORMATS, type ReportFormat } from "../../reporters/table.ts";
import { pullPlan, pullReports } from "../../app/remote-plan.ts";
import { ImgsyncError } from "../../model/error.ts";
import type { Reference } from "../../model/reference.ts";
import { parseRemote } from "../../model/remote-document.ts";
import type { Settings } from "../../settings/settings.ts";
import { isUntrusted } from "../input/is-untrusted.ts";
import { addOptionalManifestOptions, readRegistriesPart } from "../input/optional-manifest.ts";
import { readSettings } from "../input/read-settings.ts";
import { withRegistries } from "../input/with-registries.ts";
import { type Context, type Look, renderOptionsFor } from "../terminal/context.ts";
import { exitCodeOfMerged } from "../terminal/exit-code.ts";
import { afterHelp, type Example } from "../terminal/help.ts";
import { addNetworkOptions, type ManifestFlags, type NetworkFlags, toConfigFlags } from "../terminal/options.ts";
import { warnOfHosts } from "../terminal/warn.ts";
import { worldOf } from "../terminal/world.ts";
import type { Run } from "../terminal/run.ts";
import { printPieces } from "../terminal/write-output.ts";

type Flags = ManifestFlags & NetworkFlags & { readonly format: ReportFormat };

const EXAMPLES: readonly Example[] = [
  ["imgsync report merge report-*.json", "one report and one exit code of all shards"],
  ["imgsync report merge report-*.json --format markdown", "for the summary of a pipeline"],
  ["imgsync report merge oci://registry.example.com/imgsync/plans:42", "of a plan in a registry"],
];

export function addReport(program: Command, run: Run): void {
  const report = program
    .command("report")
    .summary("merge the reports of several machines")
    .description("Works with the reports of imgsync apply.")
    .helpCommand(false)
    .addHelpText("after", afterHelp({ "Examples:": EXAMPLES }));
  const command = report
    .command("merge")
    .summary("merge the reports of all shards of a plan")
    .description(
      "Merges the reports of all shards of a plan into one report with one exit code. Exits with 1 if a shard has no report.",
    )
    .argument(
      "<file...>",
      "files written by imgsync apply --report or --format json; oci://HOST/REPOSITORY:TAG: all reports of that plan",
    )
    .addOption(new Option("--format <format>", "output format").choices(Object.keys(REPORT_FORMATS)).default("text"))
    .option("-v, --verbose", "also show tags that need no attention");
  addNetworkOptions(addOptionalManifestOptions(command)).action(run(merge));
}

async function merge(context: Context, flags: Flags, ...names: readonly string[]): Promise<number> {
  const settings = await readSettings(context, toConfigFlags(flags));
  const look: Look = { color: settings.color, verbose: flags.verbose === true };
  const remotes = names.flatMap((name) => parseRemote(name) ?? []);
  const files = names.filter((name) => parseRemote(name) === undefined);
  const local: NamedReport[] = [];
  // one after another: the text of a report takes several times the memory of what is kept of it
  for (const name of files) local.push({ name, report: await readReport(name) });
  const merged = mergeReports([...local, ...(await readRemotes(remotes, { context, flags, settings, look }))]);
  printPieces(context.stdout, REPORT_FORMATS[flags.format](merged, renderOptionsFor(context, "stdout", look)));
  return exitCodeOfMerged(merged);
}

type Place = {
  readonly context: Context;
  readonly flags: Flags;
  readonly settings: Settings;
  readonly look: Look;
};

/** Reads the reports of plans in registries. */
async function readRemotes(
  remotes: readonly Reference[],
  { context, flags, settings, look }: Place,
): Promise<readonly NamedReport[]> {
  if (remotes.length === 0) return [];
  const read = await readRegistriesPart(context, flags, look);
  if (read === undefined) throw new ImgsyncError({ code: "MANIFEST_INVALID", message: "the manifest is not valid" });
  const untrusted = await isUntrusted(context, flags, look);
  const world = worldOf(context);
  const { signal } = world;
  const options = { world, ...read, settings, untrusted, onWarning: warnOfHosts({ context, look }) };
  return withRegistries({ context, look }, options, async ({ client }) => {
    const reports: NamedReport[] = [];
    for (const reference of remotes)
      reports.push(...(await pullReports(client, await pullPlan(client, reference, { signal }), { signal })));
    return reports;
  });
}
