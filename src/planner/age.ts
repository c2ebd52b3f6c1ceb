import type { ErrorDetails } from "../model/error.ts";
import type { Held } from "../model/plan.ts";
import { type DigestReference, formatReference } from "../model/reference.ts";
import type { Answer } from "../model/answer.ts";
import type { Platforms } from "../model/sync-manifest.ts";
import type { Facts } from "./facts.ts";
import { imageDate } from "./image-date.ts";

export type AgeOptions = {
  /** Needed where a manifest has a `minAge`. */
  readonly now?: Date;
  /** Whether a host's tag lists carry digests: those say when an image came, too. */
  readonly listsDigests?: (host: string) => boolean;
};

/** The last that is written with four digits for the year. */
const LAST_TIME = Date.UTC(9999, 11, 31);

export type AgedImage = {
  readonly reference: DigestReference;
  readonly platforms: Platforms;
  readonly minAgeMs: number;
};

/**
 * Why an image is too young; `absent`: it is old enough. The time at which it came to its registry counts where that tells,
 * otherwise the time at which it was made, as it says itself. An image of which nobody knows either fails: a quarantine lets
 * nothing pass that it knows nothing of. Undefined where facts are missing.
 */
export function youthOf(image: AgedImage, facts: Facts, { now, listsDigests }: AgeOptions): Answer<Held> | undefined {
  if (now === undefined) throw new Error("nobody said what time it is");
  const { reference, platforms, minAgeMs } = image;
  const { repository } = reference;
  const uploaded = facts.uploadedAt(reference);
  if (uploaded === undefined && listsDigests?.(repository.host) === true) {
    const list = facts.listTags(repository);
    // a list that fails must not be a way past the registry's time
    if (list === undefined || list.kind === "failed") return list;
  }
  const made = uploaded === undefined ? imageDate(reference, platforms, facts) : undefined;
  if (uploaded === undefined && made === undefined) return undefined;
  if (made?.kind === "failed") return made;
  const since = made?.kind === "found" ? made.value : uploaded;
  if (since === undefined) return { kind: "failed", error: ageless(reference) };
  const due = new Date(Math.min(since.getTime() + minAgeMs, LAST_TIME));
  if (now >= due) return { kind: "absent" };
  return { kind: "found", value: { since, by: uploaded === undefined ? "image" : "registry", due } };
}

function ageless(reference: DigestReference): ErrorDetails {
  return {
    code: "DATE_UNKNOWN",
    reference: formatReference(reference),
    message: "nobody can tell how old the image is, which minAge needs: neither its registry nor the image says so",
    hint: "leave it out with exclude, or give its entry minAge: 0h",
  };
}
