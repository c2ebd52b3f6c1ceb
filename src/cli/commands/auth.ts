import { type Command, Option } from "commander";
import { isLayout } from "../../model/layout-name.ts";
import type { Repository } from "../../model/reference.ts";
import { EXPLAIN_FORMATS, type ExplainFormat } from "../../reporters/credential-steps.ts";
import { escapeFor } from "../../reporters/words/options.ts";
import { type Context, type Look, renderOptionsFor } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-code.ts";
import { afterHelp, type Example } from "../terminal/help.ts";
import { addOptionalManifestOptions, readRegistriesPart } from "../input/optional-manifest.ts";
import {
  addColorOption,
  addLogOptions,
  addNetworkOptions,
  type ManifestFlags,
  type NetworkFlags,
  toConfigFlags,
} from "../terminal/options.ts";
import { readSettings } from "../input/read-settings.ts";
import { type ConfiguredAuth, configureAuth, explainAuth } from "../../app/auth.ts";
import { readPlace } from "../../app/read-place.ts";
import { isUntrusted } from "../input/is-untrusted.ts";
import { withRegistries } from "../input/with-registries.ts";
import { worldOf } from "../terminal/world.ts";
import type { Run } from "../terminal/run.ts";
import { warn } from "../terminal/warn.ts";

type ConfigureFlags = {
  readonly helper?: string;
  readonly dryRun?: boolean;
  readonly color?: string;
  readonly config?: string;
};

type ExplainFlags = ManifestFlags & NetworkFlags & { readonly format: ExplainFormat };

const EXAMPLES: readonly Example[] = [
  ["imgsync auth configure eu-docker.pkg.dev"],
  ["imgsync auth explain registry.example.com/team/app"],
];

export function addAuth(program: Command, run: Run): void {
  const auth = program
    .command("auth")
    .summary("set up and explain credentials")
    .description("Sets up credential helpers, and shows where the credentials for a registry come from.")
    .helpCommand(false)
    .addHelpText("after", afterHelp({ "Examples:": EXAMPLES }));
  const configure = auth
    .command("configure")
    .summary("add a credential helper to Docker's config.json")
    .description("Adds a credential helper for HOST to Docker's config.json, and checks that it answers.")
    .argument("<host>", "HOST or HOST:PORT")
    .option("--helper <name>", "NAME of docker-credential-NAME (default for registries of Google Cloud: gcloud)")
    .option("--dry-run", "show what would be written, without writing or asking")
    .option("--config <file>", "your own settings, instead of a file found in this folder");
  addLogOptions(addColorOption(configure)).action(
    run((context: Context, flags: ConfigureFlags, host = "") => configureHost(context, flags, host)),
  );
  const explain = auth
    .command("explain")
    .summary("where the credentials for a registry come from")
    .description("Checks every source of credentials as plan and apply do, and shows what each has. Prints no secrets.")
    .argument("<host>", "HOST or HOST/REPOSITORY")
    .addOption(new Option("--format <format>", "output format").choices(Object.keys(EXPLAIN_FORMATS)).default("text"));
  addNetworkOptions(addOptionalManifestOptions(explain)).action(
    run((context: Context, flags: ExplainFlags, host = "") => explainHost(context, flags, host)),
  );
}

async function configureHost(context: Context, flags: ConfigureFlags, host: string): Promise<number> {
  const settings = await readSettings(context, { color: flags.color, config: flags.config });
  const look: Look = { color: settings.color, verbose: false };
  const escape = escapeFor(renderOptionsFor(context, "stdout", look));
  const dryRun = flags.dryRun === true;
  const done = await configureAuth({
    host,
    helper: flags.helper,
    universes: settings.universes,
    dryRun,
    world: worldOf(context),
    onConfigured: (configured) => {
      context.stdout.write(`${escape(describe(configured, dryRun))}\n`);
      if (configured.hidesAuths)
        warn(context, look, `auths in ${configured.file} also has "${configured.key}", which the helper overrides`);
    },
  });
  if (!dryRun) context.stdout.write(`docker-credential-${done.helper} answers for ${done.host}\n`);
  return EXIT.done;
}

function describe({ file, helper, key, kind, previous }: ConfiguredAuth, dryRun: boolean): string {
  const entry = `"${key}": "${helper}"`;
  if (kind === "none") return `${file}: credHelpers already has ${entry}`;
  const was = previous === undefined ? "" : ` (was "${previous}")`;
  return `${file}: ${dryRun ? "would write" : "wrote"} ${entry} to credHelpers${was}`;
}

async function explainHost(context: Context, flags: ExplainFlags, text: string): Promise<number> {
  const settings = await readSettings(context, toConfigFlags(flags));
  const look: Look = { color: settings.color, verbose: false };
  const read = await readRegistriesPart(context, flags, look);
  if (read === undefined) return EXIT.failed;
  const repository = readPlace(text);
  const untrusted = await isUntrusted(context, flags, look);
  const opening = { world: worldOf(context), ...read, settings, untrusted, onWarning: () => undefined };
  const steps = await withRegistries({ context, look }, opening, (registries) =>
    explainAuth(registries, repository, context.interruption.signal),
  );
  const options = renderOptionsFor(context, "stdout", look);
  const search = { place: placeOf(repository), steps, isLayout: isLayout(repository), now: new Date() };
  context.stdout.write(EXPLAIN_FORMATS[flags.format](search, options));
  return steps.some(({ outcome }) => outcome.kind === "failed") ? EXIT.failed : EXIT.done;
}

function placeOf({ host, path }: Repository): string {
  return path === "" ? host : `${host}/${path}`;
}
