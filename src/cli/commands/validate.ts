import type { Command } from "commander";
import { countEntries, type SyncManifest } from "../../model/sync-manifest.ts";
import { annotationsOfFindings } from "../../reporters/annotations.ts";
import { plural } from "../../reporters/words/format.ts";
import { addAnnotationsOption, type AnnotationsFlag, writeAnnotations } from "../terminal/annotate.ts";
import type { Context, Look } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-code.ts";
import { afterHelp, type Example } from "../terminal/help.ts";
import {
  addColorOption,
  addLockOptions,
  addManifestOptions,
  type LockFlags,
  type ManifestFlags,
} from "../terminal/options.ts";
import type { Run } from "../terminal/run.ts";
import { readLocked } from "../input/read-locked.ts";
import { readManifest } from "../input/read-manifest.ts";
import { readSettings } from "../input/read-settings.ts";

type Flags = ManifestFlags & LockFlags & { readonly color?: string; readonly annotations?: AnnotationsFlag };

const EXAMPLES: readonly Example[] = [
  ["imgsync validate", "images.yaml in this folder"],
  ["imgsync validate --file prod.yaml", "another file"],
  ["imgsync validate --var REGION=europe", "with a value for ${REGION}"],
  ["imgsync validate --annotations github", "show problems on the lines in GitHub"],
];

export function addValidate(program: Command, run: Run): void {
  const command = program
    .command("validate")
    .summary("check the manifest without a network")
    .description(
      "Checks the syntax and the meaning of the manifest and of every file that it includes. Contacts no registry.",
    )
    .addHelpText("after", afterHelp({ "Examples:": EXAMPLES }));
  addColorOption(addLockOptions(addAnnotationsOption(addManifestOptions(command)))).action(run(validate));
}

async function validate(context: Context, flags: Flags): Promise<number> {
  const settings = await readSettings(context, flags);
  const look: Look = { color: settings.color, verbose: flags.verbose === true };
  const read = await readManifest(context, flags, look, {
    universes: settings.universes,
    onFindings: (diagnostics) => writeAnnotations(context, flags.annotations, annotationsOfFindings(diagnostics)),
  });
  if (read === undefined) return EXIT.failed;
  await readLocked(read, flags, { context, look });
  context.stdout.write(`${describe(read.manifest)}\n`);
  return EXIT.done;
}

function describe(manifest: SyncManifest): string {
  const { rules } = manifest;
  return `valid: ${plural(countEntries(manifest), "entry", "entries")}, ${plural(rules.length, "immutable rule")}`;
}
