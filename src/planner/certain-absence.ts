import type { ImmutableRule } from "../model/sync-manifest.ts";
import type { Facts } from "./facts/facts.ts";
import { matchRule } from "./facts/policy.ts";

/**
 * The same facts, but a target tag under an immutable rule counts as absent only when GET says so too: some registries and proxies
 * answer HEAD with 404 for tags that exist, and a tag that is planned as a creation would be moved.
 */
export function withCertainAbsence(facts: Facts, rules: readonly ImmutableRule[]): Facts {
  if (rules.length === 0) return facts;
  return {
    ...facts,
    resolve: (reference, side) => {
      const answer = facts.resolve(reference, side);
      const { repository, tag, digest } = reference;
      if (side !== "target" || answer?.kind !== "absent" || tag === undefined || digest !== undefined) return answer;
      const target = { repository, tag };
      return matchRule(rules, target) === undefined ? answer : facts.confirmAbsence(target);
    },
  };
}
