import type { Digest } from "../model/digest.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Block } from "../model/plan.ts";
import { formatReference, type TagReference } from "../model/reference.ts";

/** A tag that must not move points at another image than the one this run writes or wrote. */
export class BlockedMeanwhile extends ImgsyncError {
  readonly block: Block;
  /** What happened since the plan was made. */
  readonly note: string;

  constructor(target: TagReference, { block, message, note }: { block: Block; message: string; note: string }) {
    super({
      code: "TAG_IMMUTABLE",
      side: "target",
      reference: formatReference(target),
      message,
      hint: "use a new tag, or pin the image that is there now",
    });
    this.block = block;
    this.note = note;
  }
}

/** Another client was first, and its image was not overwritten. */
export function foundMeanwhile(
  target: TagReference,
  { now, planned, block }: { now: Digest; planned: Digest | null | undefined; block: Block },
): BlockedMeanwhile {
  return new BlockedMeanwhile(target, {
    block,
    message: `the tag points at ${now} now, where the plan saw ${planned ?? "nothing"}, and must not move`,
    note: `it points at ${now} since the plan was made`,
  });
}

/** Another client wrote the tag at the same time as this run. */
export function lostRace(
  target: TagReference,
  { wrote, other, now, block }: { wrote: Digest | undefined; other: Digest; now: Digest | undefined; block: Block },
): BlockedMeanwhile {
  const at = now === undefined ? "is not there now" : `points at ${now === other ? "it" : now} now`;
  return new BlockedMeanwhile(target, {
    block,
    message: `another client wrote ${other} to the tag while this run wrote ${wrote ?? "its image"}: the tag ${at}, and must not move again`,
    note: `another client wrote ${other} at the same time; the tag ${at}`,
  });
}
