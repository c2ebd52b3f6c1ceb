import { type Command, Option } from "commander";
import { mergeReports } from "../../app/merge-reports.ts";
import { readReport } from "../../load/read-report.ts";
import { REPORT_FORMATS, type ReportFormat } from "../../reporters/table.ts";
import { type Context, renderOptionsFor } from "../terminal/context.ts";
import { exitCodeOfMerged } from "../terminal/exit-code.ts";
import { afterHelp, type Example } from "../terminal/help.ts";
import { addColorOption } from "../terminal/options.ts";
import type { Run } from "../terminal/run.ts";

type Flags = {
  readonly format: ReportFormat;
  readonly verbose?: boolean;
  readonly color?: "auto" | "always" | "never";
};

const EXAMPLES: readonly Example[] = [
  ["imgsync report merge report-*.json", "one report and one exit code of all shards"],
  ["imgsync report merge report-*.json --format markdown", "for the summary of a pipeline"],
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
    .summary("make one report of those of all shards of a plan")
    .description(
      "Makes one report, and one exit code, of the reports of all shards of a plan. Exits with 1 if a shard has no report.",
    )
    .argument("<file...>", "reports of imgsync apply PLAN --shard I/N --report FILE, or its output with --format json")
    .addOption(new Option("--format <format>", "output format").choices(Object.keys(REPORT_FORMATS)).default("text"))
    .option("-v, --verbose", "also show tags that need no attention");
  addColorOption(command).action(run(merge));
}

async function merge(context: Context, flags: Flags, ...files: readonly string[]): Promise<number> {
  const reports = await Promise.all(files.map(async (name) => ({ name, report: await readReport(name) })));
  const merged = mergeReports(reports);
  const look = { color: flags.color ?? "auto", verbose: flags.verbose === true } as const;
  context.stdout.write(REPORT_FORMATS[flags.format](merged, renderOptionsFor(context, "stdout", look)));
  return exitCodeOfMerged(merged);
}
