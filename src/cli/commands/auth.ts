import { type Command, Option } from "commander";
import type { CredentialChain } from "../../credentials/chain.ts";
import {
  configureHelper,
  type ConfiguredHelper,
  type HelperRequest,
  proveHelper,
} from "../../credentials/configure-helper.ts";
import { createHelpers } from "../../credentials/helper.ts";
import { credentialLocations } from "../../credentials/locations.ts";
import { createExec } from "../../programs/exec.ts";
import { credentialHelperFor } from "../../products/table.ts";
import { ImgsyncError, withContext } from "../../model/error.ts";
import { isProblem, parseHost, parseReference, type Repository } from "../../model/reference.ts";
import { EXPLAIN_FORMATS, type ExplainFormat } from "../../reporters/credential-steps.ts";
import { escapeFor } from "../../reporters/words/options.ts";
import { systemClock } from "../../async/system-clock.ts";
import { type Context, type Look, renderOptionsFor } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-code.ts";
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
import { openRegistries } from "../../app/session/registries.ts";
import { usageError } from "../../app/usage.ts";
import { isUntrusted } from "../input/is-untrusted.ts";
import { printFindings } from "../terminal/findings.ts";
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

const EXAMPLES = `
Examples:
  imgsync auth configure eu-docker.pkg.dev
  imgsync auth explain registry.example.com/team/app
`;

export function addAuth(program: Command, run: Run): void {
  const auth = program
    .command("auth")
    .summary("set up and explain credentials")
    .description("Sets up credential helpers, and shows where the credentials for a registry come from.")
    .helpCommand(false)
    .addHelpText("after", EXAMPLES);
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

async function configureHost(context: Context, flags: ConfigureFlags, text: string): Promise<number> {
  const settings = await readSettings(context, { color: flags.color, config: flags.config });
  const look: Look = { color: settings.color, verbose: false };
  const host = readHost(text);
  const helper = flags.helper ?? credentialHelperFor(host, settings.universes);
  if (helper === undefined) {
    throw new ImgsyncError({
      code: "USAGE",
      message: `no credential helper is known for "${host}"`,
      hint: "add --helper NAME for docker-credential-NAME",
    });
  }
  const { environment, interruption } = context;
  const file = credentialLocations(worldOf(context)).dockerConfig;
  const request = { file, host, helper };
  const done = await configureHelper(request, { path: environment["PATH"], dryRun: flags.dryRun === true });
  const escape = escapeFor(renderOptionsFor(context, "stdout", look));
  context.stdout.write(`${escape(describe(request, done, flags.dryRun === true))}\n`);
  if (done.hidesAuths)
    warn(context, look, `auths in ${file.name} also has "${done.key}": with a helper it counts no more`);
  if (flags.dryRun === true) return EXIT.done;
  const helpers = createHelpers({ exec: createExec(context), clock: systemClock });
  try {
    await proveHelper(request, { helpers, signal: interruption.signal });
  } catch (thrown) {
    interruption.signal.throwIfAborted();
    throw withContext(thrown, { reference: host });
  }
  context.stdout.write(`docker-credential-${helper} answers for ${host}\n`);
  return EXIT.done;
}

function describe({ file, helper }: HelperRequest, { key, kind, previous }: ConfiguredHelper, dryRun: boolean): string {
  const entry = `"${key}": "${helper}"`;
  if (kind === "none") return `${file.name}: credHelpers already has ${entry}`;
  const was = previous === undefined ? "" : ` (was "${previous}")`;
  return `${file.name}: ${dryRun ? "would write" : "wrote"} ${entry} to credHelpers${was}`;
}

async function explainHost(context: Context, flags: ExplainFlags, text: string): Promise<number> {
  const settings = await readSettings(context, toConfigFlags(flags));
  const look: Look = { color: settings.color, verbose: false };
  const read = await readRegistriesPart(context, flags, look);
  if (read === undefined) return EXIT.failed;
  const repository = readPlace(text);
  const untrusted = await isUntrusted(context, flags, look);
  const opening = openRegistries({ world: worldOf(context), ...read, settings, untrusted, onWarning: () => undefined });
  const { chain, close } = await printFindings({ context, look }, opening);
  const steps = await explainThenClose(chain, repository, { signal: context.interruption.signal, close });
  const options = renderOptionsFor(context, "stdout", look);
  context.stdout.write(EXPLAIN_FORMATS[flags.format]({ place: placeOf(repository), steps, now: new Date() }, options));
  return steps.some(({ outcome }) => outcome.kind === "failed") ? EXIT.failed : EXIT.done;
}

async function explainThenClose(
  chain: CredentialChain,
  repository: Repository,
  { signal, close }: { readonly signal: AbortSignal; readonly close: () => Promise<void> },
): Promise<Awaited<ReturnType<CredentialChain["explain"]>>> {
  try {
    return await chain.explain(repository, { signal });
  } finally {
    await close();
  }
}

function readHost(text: string): string {
  const host = parseHost(text);
  if (typeof host === "string") return host;
  throw usageError({ hint: "write HOST or HOST:PORT, without https://", ...host });
}

/** Parses a repository, or a host alone, which represents all of its repositories. */
function readPlace(text: string): Repository {
  if (!text.includes("/")) return { host: readHost(text), path: "" };
  const reference = parseReference(text);
  if (isProblem(reference)) throw usageError(reference);
  return reference.repository;
}

function placeOf({ host, path }: Repository): string {
  return path === "" ? host : `${host}/${path}`;
}
