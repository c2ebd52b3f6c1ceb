import { type Command, Option } from "commander";
import {
  DEFAULT_PULL_CONCURRENCY,
  pull as pullManifest,
  type PullObserver,
  refuseUntrustedPull,
} from "../../app/pull.ts";
import { readPullList } from "../../app/pull-list.ts";
import { type PullerName, PULLERS } from "../../app/session/pullers.ts";
import type { Session } from "../../app/session/session.ts";
import { systemClock } from "../../async/system-clock.ts";
import { environmentName } from "../../model/environment-name.ts";
import { takesGoogleTokens } from "../../products/table.ts";
import { PULL_FORMATS, type PullFormat, renderPullLine } from "../../reporters/pull-report.ts";
import { renderPullScript } from "../../reporters/pull-script.ts";
import { plural } from "../../reporters/words/format.ts";
import { inLiveSession } from "../input/in-session.ts";
import { type CommandSetup, readSetup } from "../input/setup.ts";
import { type Context, renderOptionsFor } from "../terminal/context.ts";
import { EXIT, exitCodeOfPull } from "../terminal/exit-code.ts";
import { afterHelp, type Example } from "../terminal/help.ts";
import type { Live } from "../terminal/live.ts";
import {
  addManifestOptions,
  addNetworkOptions,
  addOnlyOption,
  type ManifestFlags,
  type NetworkFlags,
} from "../terminal/options.ts";
import type { Run } from "../terminal/run.ts";
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

const EXAMPLES: readonly Example[] = [
  ["imgsync pull", "with crictl on a node, with docker elsewhere"],
  ["imgsync pull --with docker --docker-command podman"],
  ["imgsync pull --runtime-endpoint unix:///run/crio/crio.sock"],
  ["imgsync pull --print | ssh NODE sudo sh"],
  ["imgsync pull --only 'registry.example.com/team/**'"],
];

export function addPull(program: Command, run: Run): void {
  const command = program
    .command("pull")
    .summary("pull the target images onto this machine")
    .description(
      "Pulls the manifest's target tags with crictl or docker before they are needed, and checks that each is the image that the tag points at.",
    )
    .addOption(
      new Option("--with <what>", "program that pulls (default: crictl if it works, else docker)").choices(
        Object.keys(PULLERS),
      ),
    )
    .option("--runtime-endpoint <url>", "socket for crictl (default: crictl's own configuration)")
    .option("--by-digest", "pull NAME@DIGEST: the image arrives without its tag")
    .option("--print", "pull nothing: print a shell script that pulls on another machine")
    .addOption(new Option("--format <format>", "output format").choices(Object.keys(PULL_FORMATS)).default("text"))
    .addHelpText("after", afterHelp({ "Examples:": EXAMPLES }));
  addNetworkOptions(addOnlyOption(addManifestOptions(command)), {
    counts: "images",
    byDefault: DEFAULT_PULL_CONCURRENCY,
  }).action(run(pull));
}

async function pull(context: Context, flags: Flags): Promise<number> {
  const since = systemClock.monotonic();
  const read = await readSetup(context, flags);
  if (read === undefined) return EXIT.failed;
  refuseUntrustedPull(read);
  const setup = { ...read, only: flags.only };
  if (flags.print === true)
    return inLiveSession(setup, { since }, (session, live, own) => print({ session, live, setup: own, flags }));
  const pulled = await inLiveSession(setup, { since }, (session, live, own) =>
    pullManifest(session, {
      tool: flags.with,
      endpoint: flags.runtimeEndpoint,
      only: flags.only,
      byDigest: flags.byDigest === true,
      observer: observe(own, live),
      onProgress: live.reading,
    }),
  );
  context.stdout.write(PULL_FORMATS[flags.format](pulled, renderOptionsFor(context, "stdout", setup.look)));
  return exitCodeOfPull(pulled.report, context.interruption.exitCode());
}

type Printing = {
  readonly session: Session;
  readonly live: Live;
  readonly setup: CommandSetup;
  readonly flags: Flags;
};

/** Defaults to crictl, because scripts are meant for nodes. */
async function print({ session, live, setup: { context, look }, flags }: Printing): Promise<number> {
  const { with: tool = "crictl", only, byDigest } = flags;
  const list = await readPullList(session, { only, onProgress: live.reading });
  const script = renderPullScript(list, {
    tool,
    byDigest: byDigest === true,
    environmentName,
    isGoogle: (host) => takesGoogleTokens(host, session.settings.universes),
  });
  live.read();
  await live.hide();
  context.stdout.write(script);
  const isWhole = list.failures.length === 0 && list.targets.every(({ error }) => error === undefined);
  if (!isWhole) warn(context, look, "not all images can be pulled; the script says which");
  return isWhole ? EXIT.done : EXIT.failed;
}

/** Prints one line for each finished image and, on a terminal, how many there are below them. */
function observe({ context, look }: CommandSetup, live: Live): PullObserver {
  const { stderr } = context;
  const options = { ...renderOptionsFor(context, "stderr", look), columns: undefined };
  let [done, total, runtimeName] = [0, 0, ""];
  const showStatus = (): void => live.working(`pulling with ${runtimeName}: ${done} of ${total}`);
  return {
    onStarted: (count, runtime) => {
      [total, runtimeName] = [count, runtime];
      live.read();
      if (total === 0) return;
      stderr.write(`pulling what is missing of ${plural(total, "image")} with ${runtime}\n`);
      showStatus();
    },
    onFinished: (result) => {
      done += 1;
      const isShown = look.verbose || (result.outcome !== "present" && result.outcome !== "skipped");
      if (isShown) stderr.write(`${renderPullLine(result, options)}\n`);
      showStatus();
    },
  };
}
