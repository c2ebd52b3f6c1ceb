import { type Command, InvalidArgumentError, Option } from "commander";
import { type ImageOrder, IMAGE_ORDERS, sortImages } from "../../hosts/listing/sort-images.ts";
import { ImgsyncError } from "../../model/error.ts";
import { DOCKER_HUB, formatRepository, isProblem, parseReference, type Repository } from "../../model/reference.ts";
import { compileGlobs, tagGlobProblem } from "../../selectors/glob.ts";
import { type ListFormat, LIST_FORMATS, type ShownImage } from "../../reporters/image-table.ts";
import { type Context, type Look, renderOptionsFor } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-code.ts";
import { addOptionalManifestOptions, readRegistriesPart } from "../input/optional-manifest.ts";
import {
  addNetworkOptions,
  collect,
  type ManifestFlags,
  type NetworkFlags,
  toConfigFlags,
} from "../terminal/options.ts";
import { readSettings } from "../input/read-settings.ts";
import { openRegistries, type Registries } from "../registries.ts";
import { isUntrusted } from "../is-untrusted.ts";
import type { Run } from "../terminal/run.ts";
import { openStatusLine } from "../terminal/status-line.ts";
import { warn } from "../terminal/warn.ts";

type Flags = ManifestFlags &
  NetworkFlags & {
    readonly format: ListFormat;
    readonly sort: ImageOrder;
    readonly tag?: readonly string[];
    readonly limit?: number;
    readonly sizes?: boolean;
  };

const EXAMPLES = `
Examples:
  imgsync list registry.example.com/team/app                  the newest first
  imgsync list registry.example.com/team/app --tag 'v1.*' --sort tag
  imgsync list registry.example.com/team/app --format json    for programs
`;

export function addList(program: Command, run: Run): void {
  const command = program
    .command("list")
    .summary("show the images of a repository")
    .description("Shows the images of a repository with their tags, times and sizes, one row for each digest.")
    .argument("<repository>", "HOST/PATH; at Artifact Registry also without the image")
    .addOption(new Option("--format <format>", "how it is printed").choices(Object.keys(LIST_FORMATS)).default("text"))
    .addOption(
      new Option("--sort <by>", "newest, largest or highest first")
        .choices(Object.keys(IMAGE_ORDERS))
        .default("created"),
    )
    .option("--tag <glob>", "only tags that this glob matches; again for more, !GLOB takes away", collect)
    .option("--limit <number>", "no more rows than this", readLimit)
    .option("--sizes", "also read manifests from Docker Hub, for times and sizes; each counts as a pull there")
    .addHelpText("after", EXAMPLES);
  addNetworkOptions(addOptionalManifestOptions(command)).action(
    run((context: Context, flags: Flags, repository = "") => list(context, flags, repository)),
  );
}

async function list(context: Context, flags: Flags, text: string): Promise<number> {
  const repository = readRepository(text);
  const tagFilter = readFilter(flags.tag);
  const settings = await readSettings(context, toConfigFlags(flags));
  const look: Look = { color: settings.color, verbose: false };
  const read = await readRegistriesPart(context, flags, look);
  if (read === undefined) return EXIT.failed;
  const untrusted = await isUntrusted(context, flags, look);
  const onWarning = (message: string, host: string): void => warn(context, look, `${host}: ${message}`);
  const registries = await openRegistries({ context, ...read, settings, untrusted, look, onWarning });
  try {
    const details = repository.host !== DOCKER_HUB || flags.sizes === true;
    const found = await readImages({ context, look, registries, repository, tagFilter, details });
    const sorted = sortImages(found, flags.sort);
    const images = sorted.slice(0, flags.limit ?? sorted.length);
    const shown = { repository: formatRepository(repository), images, more: sorted.length - images.length };
    context.stdout.write(LIST_FORMATS[flags.format](shown, renderOptionsFor(context, "stdout", look)));
    if (shown.more > 0) context.stderr.write(`${images.length} of ${sorted.length} images shown\n`);
    return EXIT.done;
  } finally {
    await registries.close();
  }
}

type Reading = {
  readonly context: Context;
  readonly look: Look;
  readonly registries: Registries;
  readonly repository: Repository;
  readonly tagFilter: ((tag: string) => boolean) | undefined;
  readonly details: boolean;
};

async function readImages({
  context,
  look,
  registries,
  repository,
  tagFilter,
  details,
}: Reading): Promise<readonly ShownImage[]> {
  const { listImages } = await import("../../hosts/listing/list-images.ts");
  const status = openStatusLine(context.stderr);
  const { hosts } = registries;
  const listAll = hosts?.productOf(repository.host)?.listImages;
  try {
    return await listImages({
      client: registries.client,
      repository,
      details,
      signal: context.interruption.signal,
      onProgress: ({ done, of }) => status.show(`reading ${repository.host}: ${done} of ${of}`),
      onWarning: (message, reference) => {
        status.clear();
        warn(context, look, message, reference);
      },
      ...(hosts === undefined || listAll === undefined
        ? {}
        : { listAll: (options) => listAll(repository, hosts.tools, options) }),
      ...(tagFilter === undefined ? {} : { tagFilter }),
    });
  } finally {
    status.clear();
  }
}

function readRepository(text: string): Repository {
  const reference = parseReference(text);
  if (isProblem(reference)) {
    const { problem, hint } = reference;
    throw new ImgsyncError({ code: "USAGE", message: problem, ...(hint === undefined ? {} : { hint }) });
  }
  if (reference.tag === undefined && reference.digest === undefined) return reference.repository;
  throw new ImgsyncError({
    code: "USAGE",
    message: `"${text}" has a tag or a digest, and list shows a whole repository`,
    hint: `write ${formatRepository(reference.repository)}, and choose with --tag`,
  });
}

function readFilter(patterns: readonly string[] | undefined): ((tag: string) => boolean) | undefined {
  if (patterns === undefined) return undefined;
  for (const pattern of patterns) {
    const problem = tagGlobProblem(pattern);
    if (problem !== undefined) throw new ImgsyncError({ code: "USAGE", message: `--tag "${pattern}": ${problem}` });
  }
  return compileGlobs(patterns);
}

function readLimit(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("write a whole number, at least 1.");
}
