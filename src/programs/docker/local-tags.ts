import type { Digest } from "../../model/digest.ts";
import type { LocalImage } from "../../model/local-image.ts";
import type { LocalImages } from "../../model/ports.ts";
import { formatReference, formatRepository, isProblem, parseReference } from "../../model/reference.ts";
import type { DockerCli } from "./docker-cli.ts";

export type LocalTagTools = { readonly run: DockerCli; readonly images: LocalImages; readonly signal: AbortSignal };

/** The image of a name before imgsync used the name. */
export type Before = { readonly name: string; readonly image: Pick<LocalImage, "id"> | undefined };

export async function lookBefore(name: string, { images, signal }: LocalTagTools): Promise<Before> {
  return { name, image: await images.find(name, { signal }) };
}

export async function tagImage(id: Digest, name: string, { run, signal }: LocalTagTools): Promise<void> {
  await run(["tag", "--", id, name], { signal });
}

/**
 * Restores a name: it is set back to its previous image, or removed if there was none. If it is the image's only name, it is kept unless
 * `mayRemoveImage`, as removing it would delete the image.
 * Resolves to whether the name was kept.
 */
export async function restore(
  { name, image }: Before,
  { id, mayRemoveImage }: { readonly id: Digest; readonly mayRemoveImage: boolean },
  tools: LocalTagTools,
): Promise<"restored" | "kept"> {
  const { run, images, signal } = tools;
  if (image !== undefined) {
    if (image.id !== id) await tagImage(image.id, name, tools);
    return "restored";
  }
  if (!mayRemoveImage) {
    const now = await images.find(id, { signal });
    if (now === undefined || !now.names.some((other) => outlives(other, name))) return "kept";
  }
  await run(["image", "rm", "--", name], { signal, mayFail: true });
  return "restored";
}

/** Reports whether an image keeps the name `other` when `name` is removed. Docker removes a repository's digests with its last tag. */
function outlives(other: string, name: string): boolean {
  const [one, gone] = [parseReference(other), parseReference(name)];
  // `<none>:<none>` is not a valid name
  if (isProblem(one) || isProblem(gone)) return false;
  if (one.digest === undefined) return formatReference(one) !== formatReference(gone);
  return formatRepository(one.repository) !== formatRepository(gone.repository);
}
