import type { Block } from "../model/plan.ts";
import type { TagReference } from "../model/reference.ts";
import type { ImmutableRule } from "../model/sync-manifest.ts";
import { blockOf, matchRule } from "../planner/facts/policy.ts";

export type GuardOptions = {
  readonly rules: readonly ImmutableRule[];
  /** Whether the registry itself keeps the tag immutable. */
  readonly isProtected?: (target: TagReference) => boolean;
};

/** What keeps a tag from moving once it is there. */
export type Guard = {
  readonly block: Block;
  /** Only imgsync keeps the rule: the registry takes every write, so that of another client must be noticed afterwards. */
  readonly isOurs: boolean;
};

/** Undefined: the tag may move. */
export function guardOf(target: TagReference, { rules, isProtected }: GuardOptions): Guard | undefined {
  const match = matchRule(rules, target);
  if (match !== undefined) return { block: blockOf(match), isOurs: true };
  if (isProtected?.(target) !== true) return undefined;
  const { host } = target.repository;
  return { block: { kind: "registry", host, message: "its repository keeps tags immutable" }, isOurs: false };
}
