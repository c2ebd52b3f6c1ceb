import type { Digest } from "../../model/digest.ts";
import type { Block, Change } from "../../model/plan.ts";
import type { Phrase } from "./phrase.ts";

/** What is known about a blocked tag. */
export type Blocked = {
  readonly block?: Block;
  /** The image that the tag points at now. */
  readonly observed?: Digest | null;
  /** What would be written: the tag itself, only its backup, or nothing because the tag would be deleted. */
  readonly writes: "tag" | "backup" | "nothing";
};

/** Describes a blocked change of a plan. */
export function blockedBy({ block, observed, backup, ...change }: Change): Blocked {
  return {
    ...(block === undefined ? {} : { block }),
    ...(observed === undefined ? {} : { observed }),
    writes: isBlockedDelete(change) ? "nothing" : backup === undefined ? "tag" : "backup",
  };
}

/** Whether a blocked change would delete its tag. Only a delete has no image at the source to compare with. */
export function isBlockedDelete({
  source,
  sourceDigest,
  wanted,
}: Pick<Change, "source" | "sourceDigest" | "wanted">): boolean {
  return source.kind === "registry" && sourceDigest === undefined && wanted === undefined;
}

/** Suggests what to do about a blocked tag, as one sentence without its full stop. */
export function adviseBlocked({ block, observed, writes }: Blocked): Phrase {
  if (writes === "nothing")
    return ["keep the tag: add it to ", { code: "exclude" }, " of its selector; or delete it at the registry by hand"];
  if (writes === "backup") return ["choose another name in ", { code: "backup" }];
  const pin: Phrase =
    typeof observed === "string"
      ? ["pin the image that is there now, with ", { code: `from: "${observed}"` }]
      : ["pin the image that is there now"];
  const place = block?.kind === "registry" ? "allow it in the settings of the registry" : "change the rule";
  return ["use a new tag, or ", ...pin, `; if the tag may move, ${place}`];
}

/** The advice about a blocked change as plain text. `found`: the image that the tag points at now, if that was found out after the plan was made. */
export function hintForBlocked(change: Change, found: Digest | undefined): string {
  const blocked = blockedBy(change);
  const advice = adviseBlocked(found === undefined ? blocked : { ...blocked, observed: found });
  return advice.map((part) => (typeof part === "string" ? part : part.code)).join("");
}
