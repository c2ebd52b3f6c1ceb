import type { Digest } from "../../model/digest.ts";
import type { LocalImage } from "../../model/local-image.ts";
import type { LocalImages } from "../../model/ports.ts";
import { formatReference, formatRepository, isProblem, parseReference } from "../../model/reference.ts";
import type { DockerCli } from "./docker-cli.ts";

export type LocalTagTools = { readonly run: DockerCli; readonly images: LocalImages; readonly signal: AbortSignal };

/** What a name stood for before imgsync used it. */
export type Before = { readonly name: string; readonly image: LocalImage | undefined };

export async function lookBefore(name: string, { images, signal }: LocalTagTools): Promise<Before> {
  return { name, image: await images.find(name, { signal }) };
}

export async function tagImage(id: Digest, name: string, { run, signal }: LocalTagTools): Promise<void> {
  await run(["tag", "--", id, name], { signal });
}

/**
 * Makes a name stand for what it stood for before: the image that had it gets it back, otherwise it is removed. A name that
 * is the only one of its image stays, unless `mayRemoveImage`, since with it docker would remove the image.
 * Resolves to whether the name had to stay.
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

/** Whether an image still has the name `other` when `name` is removed: docker drops a repository's digests with its last tag. */
function outlives(other: string, name: string): boolean {
  const [one, gone] = [parseReference(other), parseReference(name)];
  // `<none>:<none>` is no name
  if (isProblem(one) || isProblem(gone)) return false;
  if (one.digest === undefined) return formatReference(one) !== formatReference(gone);
  return formatRepository(one.repository) !== formatRepository(gone.repository);
}
