import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { ImgsyncError } from "../../model/error.ts";
import type { Context } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-code.ts";
import { afterHelp, type Example } from "../terminal/help.ts";
import { INITIAL_MANIFEST } from "../../app/initial-manifest.ts";
import type { Run } from "../terminal/run.ts";

const DEFAULT_FILE = "images.yaml";

const EXAMPLES: readonly Example[] = [
  ["imgsync init", "write images.yaml into this folder"],
  ["imgsync init --file prod.yaml", "under another name"],
];

export function addInit(program: Command, run: Run): void {
  program
    .command("init")
    .summary("write a starter images.yaml")
    .description("Writes a commented images.yaml that validates. Never overwrites a file.")
    .option("-f, --file <file>", "where to", DEFAULT_FILE)
    .addHelpText("after", afterHelp({ "Examples:": EXAMPLES }))
    .action(run((context: Context, { file }: { readonly file: string }) => init(context, file)));
}

async function init({ stderr }: Context, file: string): Promise<number> {
  try {
    // wx: never overwrites an existing file, not even one that is created concurrently
    await writeFile(file, INITIAL_MANIFEST, { flag: "wx" });
  } catch (cause) {
    const exists = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    throw new ImgsyncError(
      {
        code: "OUTPUT_FAILED",
        message: exists ? `"${file}" already exists` : `"${file}" cannot be written`,
        hint: exists ? "edit it, or choose another name with --file FILE" : "check the folder and its permissions",
      },
      { cause },
    );
  }
  stderr.write(`wrote ${file}\nnext: edit it, then imgsync plan\n`);
  return EXIT.done;
}
