import { type Command, InvalidArgumentError, Option } from "commander";
import { systemClock } from "../../async/system-clock.ts";
import { list as listRepository, readRepository, readTagFilter } from "../../app/list.ts";
import { type ImageOrder, IMAGE_ORDERS } from "../../registry/listing/sort-images.ts";
import { isLayout } from "../../model/layout-name.ts";
import { type ListFormat, LIST_FORMATS } from "../../reporters/image-table.ts";
import { isUntrusted } from "../input/is-untrusted.ts";
import { addOptionalManifestOptions, readRegistriesPart } from "../input/optional-manifest.ts";
import { readSettings } from "../input/read-settings.ts";
import { withRegistries } from "../input/with-registries.ts";
import { type Context, type Look, renderOptionsFor } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-code.ts";
import { afterHelp, type Example } from "../terminal/help.ts";
import { withLive } from "../terminal/live.ts";
import { addNetworkOptions, type ManifestFlags, type NetworkFlags, toConfigFlags } from "../terminal/options.ts";
import { collect, repeatableOption } from "../terminal/repeatable.ts";
import type { Run } from "../terminal/run.ts";
import { warn, warnOfHosts } from "../terminal/warn.ts";
import { worldOf } from "../terminal/world.ts";

type Flags = ManifestFlags &
  NetworkFlags & {
    readonly format: ListFormat;
    readonly sort: ImageOrder;
    readonly tag?: readonly string[];
    readonly limit?: number;
    readonly sizes?: boolean;
  };

const EXAMPLES: readonly Example[] = [
  ["imgsync list registry.example.com/team/app", "the newest first"],
  ["imgsync list registry.example.com/team/app --tag 'v1.*' --sort tag"],
  ["imgsync list registry.example.com/team/app --format json", "for programs"],
];

export function addList(program: Command, run: Run): void {
  const command = program
    .command("list")
    .summary("show the images of a repository")
    .description("Shows the images of a repository with their tags, times and sizes, one row for each digest.")
    .argument(
      "<repository>",
      "HOST/PATH, or oci:FOLDER; HOST/PROJECT/REPOSITORY too, where the registry's API lists images",
    )
    .addOption(new Option("--format <format>", "output format").choices(Object.keys(LIST_FORMATS)).default("text"))
    .addOption(
      new Option("--sort <by>", "newest, largest or highest first")
        .choices(Object.keys(IMAGE_ORDERS))
        .default("created"),
    )
    .addOption(repeatableOption("--tag <glob>", "only tags that match this glob; repeatable, !GLOB excludes", collect))
    .option("--limit <number>", "the most rows to print", readLimit)
    .option("--sizes", "also read manifests for times and sizes where reads count as pulls")
    .addHelpText("after", afterHelp({ "Examples:": EXAMPLES }));
  addNetworkOptions(addOptionalManifestOptions(command)).action(
    run((context: Context, flags: Flags, repository = "") => list(context, flags, repository)),
  );
}

async function list(context: Context, flags: Flags, text: string): Promise<number> {
  const repository = readRepository(text);
  const tagFilter = readTagFilter(flags.tag);
  const settings = await readSettings(context, toConfigFlags(flags));
  const look: Look = { color: settings.color, verbose: false };
  const read = await readRegistriesPart(context, flags, look);
  if (read === undefined) return EXIT.failed;
  const untrusted = await isUntrusted(context, flags, look);
  const world = worldOf(context);
  // a folder given on the command line is allowed anywhere
  const opened = isLayout(repository)
    ? { manifest: { registries: new Map() }, folder: world.cwd, settings: { ...settings, allowFiles: ["/"] } }
    : { ...read, settings };
  const shown = await withLive({ context, look, settings }, { since: systemClock.monotonic() }, async (own, live) => {
    live.working(`reading ${repository.host}`);
    const onWarning = warnOfHosts(own);
    return withRegistries(own, { world, ...opened, untrusted, onWarning }, (registries) =>
      listRepository({
        registries,
        repository,
        tagFilter,
        sort: flags.sort,
        limit: flags.limit,
        sizes: flags.sizes === true,
        signal: world.signal,
        onProgress: ({ done, of }) => live.working(`reading ${repository.host}: ${done} of ${of}`),
        onWarning: (message, reference) => warn(own.context, look, message, reference),
      }),
    );
  });
  context.stdout.write(LIST_FORMATS[flags.format](shown, renderOptionsFor(context, "stdout", look)));
  const count = shown.images.length;
  if (shown.more > 0) context.stderr.write(`${count} of ${count + shown.more} images shown\n`);
  return EXIT.done;
}

function readLimit(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("write a whole number, at least 1.");
}
