import { asObject, textsIn, tryParseJson } from "../../model/json.ts";
import type { ExecResult } from "../exec.ts";
import { type Digest, parseDigest } from "../../model/digest.ts";
import { ImgsyncError } from "../../model/error.ts";
import type { LocalImage } from "../../model/local-image.ts";
import type { Platform } from "../../model/platform.ts";
import type { LocalImages } from "../../model/ports.ts";
import type { DockerCli } from "./docker-cli.ts";
import { dockerFailure, saysNoSuchImage } from "./failure.ts";
import { defined } from "../../model/defined.ts";

/** The images of the local docker. `command` is used in messages. */
export function createLocalImages(run: DockerCli, command: string): LocalImages {
  const find: LocalImages["find"] = async (image, { signal }) => {
    const result = await run(["image", "inspect", "--", image], { signal, mayFail: true });
    if (result.exitCode === 0) return parseInspect(result.stdout, command);
    if (!saysNoSuchImage(result)) throw dockerFailure(command, "image inspect", result);
    // nerdctl never finds NAME@DIGEST, even right after pulling it
    const digest = isNerdctl(result) ? image.split("@")[1] : undefined;
    if (digest === undefined) return undefined;
    const found = await find(digest, { signal });
    return found?.names.includes(image) === true ? found : undefined;
  };
  return { find };
}

/** Detects nerdctl by its error format, since its command may have any name. */
function isNerdctl({ stderr }: ExecResult): boolean {
  return /^time=\S+ level=fatal msg=/m.test(stderr);
}

/**
 * Parses the output of `image inspect` for one image. Docker writes IDs with their algorithm, podman without.
 * @throws ImgsyncError UNSUPPORTED if the output cannot be parsed
 */
export function parseInspect(text: string, command: string): LocalImage {
  const image = asObject(firstOf(tryParseJson(text)));
  const id = digestIn(image?.get("Id"));
  if (image === undefined || id === undefined) {
    throw new ImgsyncError({
      code: "UNSUPPORTED",
      message: `"${command} image inspect" printed something that is not a description of an image`,
      hint: "run it by hand; dockerCommand must name docker, podman or nerdctl",
    });
  }
  const names = [...textsIn(image.get("RepoTags")), ...textsIn(image.get("RepoDigests"))];
  const descriptor = descriptorOf(asObject(image.get("Descriptor"))) ?? descriptorOfNerdctl(image, names);
  const platform = platformOf(image);
  const size = image.get("Size");
  const taggedAt = asObject(image.get("Metadata"))?.get("LastTagTime");
  return {
    id: descriptor?.digest ?? id,
    ...defined({
      descriptor,
      platform,
      layers: layersOf(asObject(image.get("RootFS"))),
      // nerdctl prints the year 1
      taggedAt: typeof taggedAt === "string" && Date.parse(taggedAt) > 0 ? taggedAt : undefined,
      bytes: typeof size === "number" && Number.isSafeInteger(size) && size >= 0 ? size : undefined,
    }),
    names,
  };
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}

function digestIn(value: unknown): Digest | undefined {
  if (typeof value !== "string") return undefined;
  return parseDigest(/^[a-f0-9]{64}$/.test(value) ? `sha256:${value}` : value);
}

function descriptorOf(descriptor: ReadonlyMap<string, unknown> | undefined): LocalImage["descriptor"] {
  const digest = digestIn(descriptor?.get("digest"));
  const mediaType = descriptor?.get("mediaType");
  return digest === undefined ? undefined : { digest, mediaType: typeof mediaType === "string" ? mediaType : "" };
}

/**
 * nerdctl prints the config's digest as the ID, but finds an image only by its manifest's digest, which is in its names. Without a
 * descriptor, docker and podman always print a GraphDriver; digests in their names come from registries.
 */
function descriptorOfNerdctl(image: ReadonlyMap<string, unknown>, names: readonly string[]): LocalImage["descriptor"] {
  if (image.has("GraphDriver")) return undefined;
  const digests = new Set(names.flatMap((name) => digestIn(name.split("@")[1]) ?? []));
  const [digest] = digests;
  return digest === undefined || digests.size > 1 ? undefined : { digest, mediaType: "" };
}

function layersOf(rootFs: ReadonlyMap<string, unknown> | undefined): readonly Digest[] | undefined {
  const layers = textsIn(rootFs?.get("Layers")).flatMap((text) => digestIn(text) ?? []);
  return layers.length === 0 ? undefined : layers;
}

function platformOf(image: ReadonlyMap<string, unknown>): Platform | undefined {
  const [os, architecture, variant] = ["Os", "Architecture", "Variant"].map((key) => image.get(key));
  if (typeof os !== "string" || typeof architecture !== "string" || os === "" || architecture === "") return undefined;
  return typeof variant === "string" && variant !== "" ? { os, architecture, variant } : { os, architecture };
}
