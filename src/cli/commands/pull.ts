import { type Command, Option } from "commander";
import { environmentName } from "../../credentials/environment.ts";
import { pullImages } from "../../executor/pull.ts";
import { isArtifactRegistryHost } from "../../model/artifact-registry-host.ts";
import { ImgsyncError } from "../../model/error.ts";
import type { PullList, PullReport, PullResult } from "../../model/node-pull.ts";
import { plural } from "../../reporters/words/format.ts";
import { PULL_FORMATS, type PullFormat, renderPullLine } from "../../reporters/pull-report.ts";
import { renderPullScript } from "../../reporters/pull-script.ts";
import { systemClock } from "../../async/system-clock.ts";
import { type Context, renderOptionsFor } from "../terminal/context.ts";
import { EXIT, exitCodeOfPull } from "../terminal/exit-code.ts";
import {
  addManifestOptions,
  addNetworkOptions,
  addOnlyOption,
  type ManifestFlags,
  type NetworkFlags,
} from "../terminal/options.ts";
import { readPullList } from "../pull-list.ts";
import { choosePuller, type Puller, type PullerName, PULLERS } from "../pullers.ts";
import type { Run } from "../terminal/run.ts";
import { openSession, readSetup, type Session } from "../session.ts";
import { openStatusLine } from "../terminal/status-line.ts";
import { warn } from "../terminal/warn.ts";

type Flags = ManifestFlags &
  NetworkFlags & {
    readonly with?: PullerName;
    readonly runtimeEndpoint?: string;
    readonly format: PullFormat;
    readonly only?: readonly string[];
    readonly byDigest?: boolean;
    readonly print?: boolean;
  };

/** Less than apply's: the node has other work, and each image is several downloads by itself. */
const DEFAULT_CONCURRENCY = 3;

const EXAMPLES = `
Examples:
  imgsync pull                  with crictl on a node, with docker elsewhere
  imgsync pull --with docker --docker-command podman
  imgsync pull --runtime-endpoint unix:///run/containerd/containerd.sock
  imgsync pull --print | ssh NODE sudo sh
  imgsync pull --only 'registry.example.com/team/**'
`;

export function addPull(program: Command, run: Run): void {
  const command = program
    .command("pull")
    .summary("pull the target images onto this machine")
    .description(
      "Pulls the manifest's target tags with crictl or docker, so that they are here before they are needed, and looks whether each is the image that the tag points at.",
    )
    .addOption(
      new Option("--with <what>", "what pulls (default: crictl where it works, else docker)").choices(
        Object.keys(PULLERS),
      ),
    )
    .option("--runtime-endpoint <url>", "the socket that crictl uses (default: as crictl has it)")
    .option("--by-digest", "pull NAME@DIGEST, which gives this machine the image without its tag")
    .option("--print", "pull nothing: write a shell script that does it on another machine")
    .addOption(
      new Option("--format <format>", "how the result is told").choices(Object.keys(PULL_FORMATS)).default("text"),
    )
    .addHelpText("after", EXAMPLES);
  addNetworkOptions(addOnlyOption(addManifestOptions(command)), {
    counts: "images",
    byDefault: DEFAULT_CONCURRENCY,
  }).action(run(pull));
}

async function pull(context: Context, flags: Flags): Promise<number> {
  const setup = await readSetup(context, flags);
  if (setup === undefined) return EXIT.failed;
  if (setup.untrusted) throw refused();
  const session = await openSession(setup, (message, host) => warn(context, setup.look, `${host}: ${message}`));
  try {
    if (flags.print === true) return await print(session, flags);
    const puller = await choosePuller(session, flags.with, { endpoint: flags.runtimeEndpoint });
    const list = await readPullList(session, flags.only);
    const report = await pullWith(session, { puller, list, byDigest: flags.byDigest === true });
    const options = renderOptionsFor(context, "stdout", setup.look);
    context.stdout.write(PULL_FORMATS[flags.format]({ report, runtime: puller.name }, options));
    return exitCodeOfPull(report, context.interruption.exitCode());
  } finally {
    await session.close();
  }
}

/** With crictl where nobody says: a script is for nodes. */
async function print(session: Session, { with: tool = "crictl", only, byDigest }: Flags): Promise<number> {
  const { context, settings } = session;
  const list = await readPullList(session, only);
  const script = renderPullScript(list, {
    tool,
    byDigest: byDigest === true,
    environmentName,
    isGoogle: (host) => isArtifactRegistryHost(host, settings.universes),
  });
  context.stdout.write(script);
  const isWhole = list.failures.length === 0 && list.targets.every(({ error }) => error === undefined);
  if (!isWhole) warn(context, session.look, "not all images can be pulled; the script says which");
  return isWhole ? EXIT.done : EXIT.failed;
}

type Wish = { readonly puller: Puller; readonly list: PullList; readonly byDigest: boolean };

/** One line for each image that ends, and on a terminal one below them that says how far it is. */
async function pullWith(session: Session, { puller, list, byDigest }: Wish): Promise<PullReport> {
  const { context, look, registries, settings } = session;
  const { stderr } = context;
  const options = { ...renderOptionsFor(context, "stderr", look), columns: undefined };
  const status = openStatusLine(stderr);
  const total = list.targets.length;
  let done = 0;
  const tell = (): void => status.show(`pulling with ${puller.name}: ${done} of ${total}`);
  const onFinished = (result: PullResult): void => {
    done += 1;
    const isTold = look.verbose || (result.outcome !== "present" && result.outcome !== "skipped");
    if (isTold) status.clear();
    if (isTold) stderr.write(`${renderPullLine(result, options)}\n`);
    tell();
  };
  if (total > 0) stderr.write(`pulling what is missing of ${plural(total, "image")} with ${puller.name}\n`);
  tell();
  try {
    return await pullImages({
      list,
      puller,
      reader: registries.client.reader,
      clock: systemClock,
      signal: context.interruption.signal,
      concurrency: settings.origins.get("concurrency") === "default" ? DEFAULT_CONCURRENCY : settings.concurrency,
      byDigest,
      onFinished,
    });
  } finally {
    status.clear();
  }
}

function refused(): ImgsyncError {
  return new ImgsyncError({
    code: "UNSUPPORTED",
    message: "no program is run for the manifest of a stranger (--untrusted), and pull runs crictl or docker",
    hint: "trust the manifest, or look at it with imgsync plan --untrusted",
  });
}
