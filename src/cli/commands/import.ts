import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { systemClock } from "../../async/system-clock.ts";
import {
  checkImport,
  FORMAT_NAMES,
  importManifest,
  type ImportRequest,
  PATH_NAMES,
  readRecordedTags,
} from "../../app/import.ts";
import { ImgsyncError } from "../../model/error.ts";
import { renderDiagnostics } from "../../reporters/diagnostics.ts";
import { type CheckReport, renderCheck, renderImport } from "../../reporters/import-report.ts";
import { readForeignFiles } from "../input/foreign-files.ts";
import { inLiveSession } from "../input/in-session.ts";
import { readGiven } from "../input/read-manifest.ts";
import { type CommandSetup, readSetup } from "../input/setup.ts";
import { checkOutput } from "../terminal/check-output.ts";
import { type Context, renderOptionsFor } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-code.ts";
import { afterHelp, type Example } from "../terminal/help.ts";
import { addNetworkOptions, addVariableOptions, type ManifestFlags, type NetworkFlags } from "../terminal/options.ts";
import type { Run } from "../terminal/run.ts";

type Flags = Pick<ManifestFlags, "var" | "varFile"> &
  NetworkFlags & {
    readonly from?: string;
    readonly target?: string;
    readonly paths?: string;
    readonly output?: string;
    readonly overwrite?: boolean;
    readonly check?: boolean;
    readonly tags?: string;
  };

const EXAMPLES: readonly Example[] = [
  ["imgsync import regsync.yml > images.yaml", "from regsync"],
  ["imgsync import images.txt --target registry.example.com/mirror", "a list"],
  ["imgsync import --check regsync.yml images.yaml", "compare, tag by tag"],
];

export function addImport(program: Command, run: Run): void {
  const command = program
    .command("import")
    .summary("convert files of other tools to an images.yaml")
    .description(
      "Converts files of other tools to an images.yaml on standard output. Shows what is not carried over, and how to get it. Contacts no registry without --check.",
    )
    .argument("<file...>", "the files, or - for standard input; with --check, the manifest is the last one")
    .addOption(new Option("--from <format>", "the format, if it is not recognised").choices(FORMAT_NAMES))
    .option("--target <prefix>", "where images go if the file does not say it: HOST/PATH")
    .addOption(
      new Option(
        "--paths <how>",
        "paths below --target: flatten (nginx), keep (library/nginx), scoped (HOST/library/nginx)",
      ).choices(PATH_NAMES),
    )
    .addOption(new Option("-o, --output <file>", "write the manifest to this file").conflicts("check"))
    .addOption(new Option("--overwrite", "replace the file of --output if it exists").conflicts("check"))
    .option("--check", "compare the tags that the files and the manifest select, and exit with 2 if they differ")
    .option("--tags <file>", "with --check: read the tags of repositories from this JSON file, and not from registries")
    .addHelpText(
      "after",
      afterHelp({
        "Exit codes:": [
          ["0", "all images are carried over; with --check, no difference"],
          ["1", "failed, or not everything could be compared"],
          ["2", "with --check: the selected tags differ"],
          ["4", "some images are left out, or differ, or there are none"],
        ],
        "Examples:": EXAMPLES,
      }),
    );
  addNetworkOptions(addVariableOptions(command)).action(
    run((context: Context, flags: Flags, ...names: readonly string[]) => importOrCheck(context, flags, names)),
  );
}

async function importOrCheck(context: Context, flags: Flags, names: readonly string[]): Promise<number> {
  const { from, target, paths } = flags;
  if (paths !== undefined && target === undefined)
    throw usage("--paths is only used with --target", "add --target HOST/PATH");
  if (flags.check === true) return check(context, flags, { names, request: { from, target, paths } });
  if (flags.tags !== undefined) throw usage("--tags is only used with --check", "add --check and the manifest");
  if (flags.overwrite === true && flags.output === undefined)
    throw usage("--overwrite is only used with --output", "add --output FILE");
  const options = renderOptionsFor(context, "stderr", { color: "auto", verbose: false });
  const { variables, diagnostics } = await readGiven(flags);
  context.stderr.write(renderDiagnostics(diagnostics, options));
  if (diagnostics.length > 0) return EXIT.failed;
  if (flags.output !== undefined)
    await checkOutput(flags.output, {
      flag: "--output",
      what: "the manifest",
      reads: names.map((path) => ({ path, what: "a file that is imported" })),
    });
  const files = await readForeignFiles(names);
  const { manifest, report } = importManifest(files, { from, target, paths, values: variables });
  if (flags.output === undefined) context.stdout.write(manifest);
  else await write(flags.output, manifest, flags.overwrite === true);
  context.stderr.write(renderImport(report, options));
  const isWhole = report.entries > 0 && !report.notes.some(({ isLoss }) => isLoss);
  return isWhole ? EXIT.done : EXIT.partly;
}

type CheckInput = { readonly names: readonly string[]; readonly request: Omit<ImportRequest, "values"> };

async function check(context: Context, flags: Flags, { names, request }: CheckInput): Promise<number> {
  const since = systemClock.monotonic();
  const manifest = names.at(-1);
  if (manifest === undefined || names.length < 2) {
    throw usage(
      "--check compares files with a manifest, which is missing",
      "write imgsync import --check FILE images.yaml",
    );
  }
  const files = await readForeignFiles(names.slice(0, -1));
  const setup = await readSetup(context, { ...flags, file: manifest });
  if (setup === undefined) return EXIT.failed;
  const { tags } = flags;
  const compared = { ...request, values: setup.variables };
  const report =
    tags === undefined
      ? await inLiveSession(setup, { since }, (session) =>
          checkImport(files, setup.manifest, { ...compared, source: { kind: "registries", session } }),
        )
      : await checkImport(files, setup.manifest, { ...compared, source: await readRecordedTags(resolve(tags), tags) });
  return show(report, setup);
}

function show(report: CheckReport, { context, look }: CommandSetup): number {
  context.stdout.write(renderCheck(report, renderOptionsFor(context, "stdout", look)));
  if (report.unknown.length > 0) return EXIT.failed;
  return report.differences.length > 0 ? EXIT.pending : EXIT.done;
}

async function write(file: string, text: string, mayReplace: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: mayReplace ? "w" : "wx" });
  } catch (cause) {
    const exists = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    throw new ImgsyncError(
      {
        code: "OUTPUT_FAILED",
        message: exists ? `"${file}" already exists` : `"${file}" cannot be written`,
        hint: exists ? "choose another name, or add --overwrite" : "check the folder and its permissions",
      },
      { cause },
    );
  }
}

function usage(message: string, hint: string): ImgsyncError {
  return new ImgsyncError({ code: "USAGE", message, hint });
}
