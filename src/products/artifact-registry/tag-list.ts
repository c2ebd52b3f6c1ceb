import { type Digest, parseDigest } from "../../model/digest.ts";
import type { ListedImage } from "../../model/image-list.ts";
import { asObject, textIn, textsIn } from "../../model/json.ts";
import { defined } from "../../model/defined.ts";

/**
 * Parses Google's extension of the tag list: `manifest` maps each digest to its tags, size and times, which saves further requests. Numbers
 * are encoded as strings; invalid ones are ignored.
 */
export function imagesInTagList(list: ReadonlyMap<string, unknown>): ReadonlyMap<Digest, ListedImage> {
  const images = new Map<Digest, ListedImage>();
  for (const [key, value] of asObject(list.get("manifest")) ?? []) {
    const digest = parseDigest(key);
    const fields = asObject(value);
    if (digest !== undefined && fields !== undefined) images.set(digest, readImage(digest, fields));
  }
  return images;
}

function readImage(digest: Digest, fields: ReadonlyMap<string, unknown>): ListedImage {
  // a size of 0 means unknown, as for an index
  const bytes = readNumber(fields.get("imageSizeBytes")) || undefined;
  const created = readTime(fields.get("timeCreatedMs"));
  const updated = readTime(fields.get("timeUploadedMs"));
  return {
    digest,
    tags: textsIn(fields.get("tag")),
    ...defined({
      mediaType: textIn(fields.get("mediaType")),
      bytes,
      created,
      updated,
    }),
  };
}

function readNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && /^[0-9]{1,16}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** Parses milliseconds since 1970. 0 means unknown, as for every index. */
function readTime(value: unknown): Date | undefined {
  const number = readNumber(value);
  if (number === undefined || number === 0) return undefined;
  const time = new Date(number);
  return isPrintable(time) ? time : undefined;
}

function isPrintable(time: Date): boolean {
  return !Number.isNaN(time.getTime()) && time.getUTCFullYear() <= 9999;
}
