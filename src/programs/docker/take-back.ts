import { isAbort } from "../../model/error.ts";
import type { Cancellable, LocalImages } from "../../model/ports.ts";
import type { DockerCli } from "./docker-cli.ts";
import type { LocalRecords, Made, MadePull, MadeTag } from "./local-records.ts";
import { restore } from "./local-tags.ts";
import { isLastSetByUs } from "./tag-history.ts";

export type TakeBackTools = Cancellable & { readonly run: DockerCli; readonly images: LocalImages };

/**
 * Takes away what killed processes left in this docker: their tags, and images that they pulled for a push. A tag that a user may have set
 * since stays. What cannot be decided now, or belongs to another daemon, is left to a later run.
 */
export async function takeBackLeftovers(records: LocalRecords, place: string, tools: TakeBackTools): Promise<void> {
  for (const leftover of await records.takeLeftovers()) {
    if (leftover.place !== place) continue;
    try {
      await takeBack(leftover.made, tools);
      await leftover.forget();
    } catch (thrown) {
      if (isAbort(thrown)) throw thrown;
    }
  }
}

async function takeBack({ tag, pulled }: Made, tools: TakeBackTools): Promise<void> {
  const isFree = tag === undefined || (await takeBackTag(tag, pulled?.isNew === true, tools));
  if (pulled !== undefined && isFree) await removePulled(pulled, tools);
}

/** Resolves to whether the image may go too: false if the tag has become a user's. */
async function takeBackTag(tag: MadeTag, mayRemoveImage: boolean, tools: TakeBackTools): Promise<boolean> {
  const { images, signal } = tools;
  const now = await images.find(tag.name, { signal });
  if (now?.id !== tag.image) return true;
  if (!(await isLastSetByUs(tag, now, tools))) return false;
  const image = tag.before === undefined ? undefined : await images.find(tag.before, { signal });
  await restore({ name: tag.name, image }, { id: tag.image, mayRemoveImage }, tools);
  return true;
}

/** Removes the name that a pull created and, for an image pulled only for the push, what the push left behind. */
export async function removePulled({ name, isNew }: MadePull, tools: TakeBackTools): Promise<void> {
  const { run, images, signal } = tools;
  const pulled = await images.find(name, { signal });
  if (pulled === undefined) return;
  await restore({ name, image: undefined }, { id: pulled.id, mayRemoveImage: isNew }, tools);
  const left = isNew ? await images.find(pulled.id, { signal }) : undefined;
  for (const other of (left?.names ?? []).filter((text) => text.includes("@"))) {
    await run(["image", "rm", "--", other], { signal, mayFail: true });
  }
}
