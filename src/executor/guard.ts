import type { Block } from "../model/plan.ts";
import type { TagReference } from "../model/reference.ts";
import { blockOf, type MatchRule } from "../planner/facts/policy.ts";

export type GuardOptions = {
  /** Finds the rule of the manifest that makes a tag immutable. */
  readonly matchRule: MatchRule;
  /** Whether the registry itself enforces that the tag is immutable. */
  readonly isProtected?: (target: TagReference) => boolean;
};

/** Why a tag must not move once it exists. */
export type Guard = {
  readonly block: Block;
  /** Only imgsync enforces the rule. The registry accepts every write, so a write by another client must be detected afterwards. */
  readonly isOurs: boolean;
};

/** Undefined if the tag may move. */
export function guardOf(target: TagReference, { matchRule, isProtected }: GuardOptions): Guard | undefined {
  const match = matchRule(target);
  if (match !== undefined) return { block: blockOf(match), isOurs: true };
  if (isProtected?.(target) !== true) return undefined;
  const { host } = target.repository;
  return { block: { kind: "registry", host, message: "its repository keeps tags immutable" }, isOurs: false };
}
