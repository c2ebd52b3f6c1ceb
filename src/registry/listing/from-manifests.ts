import type { Descriptor } from "../../model/descriptor.ts";
import type { Digest } from "../../model/digest.ts";
import { ImgsyncError } from "../../model/error.ts";
import type { ListedImage } from "../../model/image-list.ts";
import { formatReference, formatRepository } from "../../model/reference.ts";
import { LIMITS } from "../../http/limits.ts";
import { inParallel } from "../../async/in-parallel.ts";
import { type Details, readDetails } from "./details.ts";
import type { ListRequest } from "./list-request.ts";
import { defined } from "../../model/defined.ts";

const AT_ONCE = 16;

/** Works with every registry: one HEAD per tag, then each digest's manifests once, and configs for the times. */
export async function readManifests(tags: readonly string[], request: ListRequest): Promise<readonly ListedImage[]> {
  const { client, repository, details, signal, onProgress, onWarning } = request;
  if (tags.length > LIMITS.listedTags) throw tooMany(tags.length, request);
  const found = new Map<Digest, { readonly descriptor: Descriptor; readonly tags: string[] }>();
  let done = 0;
  const readTag = async (tag: string): Promise<void> => {
    const descriptor = await client.reader.resolve({ repository, tag }, { signal });
    onProgress({ done: (done += 1), of: tags.length });
    if (descriptor === undefined) {
      onWarning(
        "the tag is in the list, but there is no manifest of a known type behind it",
        formatReference({ repository, tag }),
      );
      return;
    }
    const known = found.get(descriptor.digest);
    if (known === undefined) found.set(descriptor.digest, { descriptor, tags: [tag] });
    else known.tags.push(tag);
  };
  await inParallel(AT_ONCE, tags, readTag, signal);
  const images = [...found.values()];
  const byDigest = new Map<Digest, Details>();
  if (details) {
    done = 0;
    const readOne = async ({ descriptor }: (typeof images)[number]): Promise<void> => {
      byDigest.set(descriptor.digest, await readDetails(descriptor, request));
      onProgress({ done: (done += 1), of: images.length });
    };
    await inParallel(AT_ONCE, images, readOne, signal);
  }
  return images.map(({ descriptor, tags }) => toImage(descriptor, tags, byDigest.get(descriptor.digest)));
}

function toImage({ digest, mediaType }: Descriptor, tags: string[], read: Details | undefined): ListedImage {
  return { digest, ...defined({ mediaType: mediaType === "" ? undefined : mediaType }), tags: tags.sort(), ...read };
}

function tooMany(count: number, { repository }: ListRequest): ImgsyncError {
  return new ImgsyncError({
    code: "LIMIT_EXCEEDED",
    message: `${count} tags would each need requests of their own, more than ${LIMITS.listedTags}`,
    reference: formatRepository(repository),
    hint: "choose some of them with --tag GLOB",
  });
}
