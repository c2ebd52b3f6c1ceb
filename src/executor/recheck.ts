import type { Digest } from "../model/digest.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Block, Change } from "../model/plan.ts";
import type { ApplyOptions, Cancellable, Clock, Reader } from "../model/ports.ts";
import { formatReference, type TagReference } from "../model/reference.ts";
import type { ImmutableRule } from "../model/sync-manifest.ts";
import { blockOf, matchRule, type RuleMatch } from "../planner/policy.ts";
import { createTargetLook } from "./look-at-target.ts";

export type RecheckOptions = Cancellable & {
  readonly reader: Pick<Reader, "resolve" | "listTags">;
  readonly rules: readonly ImmutableRule[];
  /** Whether the registry itself keeps the tag immutable. */
  readonly isProtected?: (target: TagReference) => boolean;
  readonly clock: Pick<Clock, "monotonic">;
  /** When the plan looked at the targets, on the monotonic clock; undefined for a plan that a person has looked at since. */
  readonly plannedAt: number | undefined;
};

/** Another image came to a tag that must not move. */
export class BlockedMeanwhile extends ImgsyncError {
  readonly block: Block;
  /** What came since, for people. */
  readonly note: string;

  constructor(change: Change, now: Digest, block: Block) {
    super({
      code: "TAG_IMMUTABLE",
      side: "target",
      reference: formatReference(change.target),
      message: `the tag points at ${now} now, where the plan saw ${change.observed ?? "nothing"}, and must not move`,
      hint: "somebody else was first: wish for it under a new tag, or for what is there",
    });
    this.block = block;
    this.note = `it points at ${now} since the plan was made`;
  }
}

/** How old the plan's look at a tag may be before the tag is looked at again. */
const FRESH_MS = 60_000;

/**
 * The last look at the target tag, right before it is written: always for a plan that a person has seen and for a tag under
 * an immutable rule, before a delete and before what is there is backed up, otherwise only when the plan's own look is old.
 * @throws BlockedMeanwhile where the tag must not move and got another image since, ImgsyncError TAG_STALE where the tag is neither where the plan saw it nor where it should go
 */
export function createRecheck(change: Change, options: RecheckOptions): ApplyOptions["recheck"] {
  const { reader, rules, isProtected, clock, plannedAt, signal } = options;
  return async (isWanted) => {
    const isFresh = plannedAt !== undefined && clock.monotonic() - plannedAt <= FRESH_MS;
    const match = matchRule(rules, change.target);
    const isRuled = match !== undefined || isProtected?.(change.target) === true;
    const isDear = change.action === "delete" || change.backup !== undefined;
    if (isFresh && !isRuled && !isDear) return "go";
    const now = (await createTargetLook(reader)(change.target, { signal }))?.digest;
    if (now !== undefined && (now === change.wanted || (await isWanted?.(now)) === true)) return "done";
    if (now === undefined && change.action === "delete") return "done";
    if (now === (change.observed ?? undefined)) return "go";
    if (now !== undefined && isRuled) throw new BlockedMeanwhile(change, now, whoBlocks(change, match));
    throw new ImgsyncError({
      code: "TAG_STALE",
      side: "target",
      reference: formatReference(change.target),
      message: `the tag ${now === undefined ? "is gone" : `points at ${now} now`}, which is not what the plan saw (${change.observed ?? "nothing"})`,
      hint: "somebody else changed it; plan again",
    });
  };
}

function whoBlocks({ target }: Change, match: RuleMatch | undefined): Block {
  if (match !== undefined) return blockOf(match);
  const { host } = target.repository;
  return { kind: "registry", host, message: "its repository keeps tags immutable" };
}
