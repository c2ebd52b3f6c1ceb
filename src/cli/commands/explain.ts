import { type Command, Option } from "commander";
import { explain, isComplete, readTag } from "../../app/explain.ts";
import { EXPLAIN_TAG_FORMATS, type ExplainTagFormat } from "../../reporters/explain-tag.ts";
import { systemClock } from "../../async/system-clock.ts";
import { inLiveSession } from "../input/in-session.ts";
import { readSetup } from "../input/setup.ts";
import { type Context, renderOptionsFor } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-code.ts";
import { afterHelp, type Example } from "../terminal/help.ts";
import { addManifestOptions, addNetworkOptions, type ManifestFlags, type NetworkFlags } from "../terminal/options.ts";
import type { Run } from "../terminal/run.ts";

type Flags = ManifestFlags & NetworkFlags & { readonly format: ExplainTagFormat };

const EXAMPLES: readonly Example[] = [
  ["imgsync explain registry.example.com/team/app:v1", "a target tag"],
  ["imgsync explain docker.io/library/nginx:1.27.3", "a source tag"],
];

export function addExplain(program: Command, run: Run): void {
  const command = program
    .command("explain")
    .summary("explain why a tag is synced or not")
    .description(
      "Explains why a tag is selected or dropped, which rule applies to it, what the plan does with it, and where its credentials come from. Writes to no registry.",
    )
    .argument("<reference>", "HOST/REPOSITORY:TAG of a target or a source")
    .addOption(
      new Option("--format <format>", "output format").choices(Object.keys(EXPLAIN_TAG_FORMATS)).default("text"),
    )
    .addHelpText("after", afterHelp({ "Examples:": EXAMPLES }));
  addNetworkOptions(addManifestOptions(command)).action(
    run((context: Context, flags: Flags, reference = "") => explainTag(context, flags, reference)),
  );
}

async function explainTag(context: Context, flags: Flags, text: string): Promise<number> {
  const since = systemClock.monotonic();
  const asked = readTag(text);
  const setup = await readSetup(context, flags);
  if (setup === undefined) return EXIT.failed;
  const found = await inLiveSession(setup, { since }, (session, live) => explain(session, asked, live.reading));
  context.stdout.write(EXPLAIN_TAG_FORMATS[flags.format](found, renderOptionsFor(context, "stdout", setup.look)));
  return isComplete(found) ? EXIT.done : EXIT.failed;
}
