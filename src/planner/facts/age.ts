import type { ErrorDetails } from "../../model/error.ts";
import type { Held } from "../../model/plan.ts";
import { type DigestReference, formatReference } from "../../model/reference.ts";
import type { Answer } from "../../model/answer.ts";
import type { Platforms } from "../../model/sync-manifest.ts";
import type { Facts } from "./facts.ts";
import { imageDate } from "./image-date.ts";

export type AgeOptions = {
  /** Required if the manifest has a `minAge` or `maxAge`. */
  readonly now?: Date;
  /** Whether a host's tag lists carry digests. Such lists also carry upload times. */
  readonly listsDigests?: (host: string) => boolean;
};

/** The last date with a four-digit year. */
const LAST_TIME = Date.UTC(9999, 11, 31);

export type DatedImage = { readonly reference: DigestReference; readonly platforms: Platforms };
export type AgedImage = DatedImage & { readonly minAgeMs: number };

/**
 * Returns why an image is too young, or `absent` if it is old enough. An image of unknown age fails, because a quarantine must not let it
 * pass. Returns undefined if facts are missing.
 */
export function ageCheckOf(image: AgedImage, facts: Facts, options: AgeOptions): Answer<Held> | undefined {
  const answer = birthOf(image, facts, options);
  if (answer?.kind === "absent") return { kind: "failed", error: ageless(image.reference) };
  if (answer?.kind !== "found") return answer;
  const due = new Date(Math.min(answer.value.since.getTime() + image.minAgeMs, LAST_TIME));
  return timeOf(options) >= due ? { kind: "absent" } : { kind: "found", value: { ...answer.value, due } };
}

/**
 * Returns since when an image exists that is older than the limit, or `absent` if it is younger or of unknown age. Returns undefined if
 * facts are missing.
 */
export function ageOver(
  image: DatedImage & { readonly maxAgeMs: number },
  facts: Facts,
  options: AgeOptions,
): Answer<Birth> | undefined {
  const answer = birthOf(image, facts, options);
  if (answer?.kind !== "found") return answer;
  return timeOf(options).getTime() - answer.value.since.getTime() > image.maxAgeMs ? answer : { kind: "absent" };
}

type Birth = Pick<Held, "since" | "by">;

/**
 * Returns since when an image exists: the upload time if the registry reports it, otherwise the build time in the image's config. `absent`:
 * neither is known.
 */
function birthOf(image: DatedImage, facts: Facts, { listsDigests }: AgeOptions): Answer<Birth> | undefined {
  const { reference, platforms } = image;
  const { repository } = reference;
  const uploaded = facts.uploadedAt(reference);
  if (uploaded === undefined && listsDigests?.(repository.host) === true) {
    const list = facts.listTags(repository);
    // a failing list must not bypass the registry's upload time
    if (list === undefined || list.kind === "failed") return list;
  }
  if (uploaded !== undefined) return { kind: "found", value: { since: uploaded, by: "registry" } };
  const made = imageDate(reference, platforms, facts);
  return made?.kind === "found" ? { kind: "found", value: { since: made.value, by: "image" } } : made;
}

function timeOf({ now }: AgeOptions): Date {
  if (now === undefined) throw new Error("an age is compared without the time");
  return now;
}

function ageless(reference: DigestReference): ErrorDetails {
  return {
    code: "DATE_UNKNOWN",
    reference: formatReference(reference),
    message: "the image's age is unknown, but minAge needs it: neither its registry nor the image reports a date",
    hint: "leave it out with exclude, or give its entry minAge: 0h",
  };
}
