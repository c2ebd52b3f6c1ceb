import type { ImmutableRule } from "../model/sync-manifest.ts";
import type { Facts } from "./facts/facts.ts";
import { compileRules } from "./facts/policy.ts";

/**
 * Wraps facts so that a target tag under an immutable rule is absent only if GET confirms it. Some registries and proxies answer HEAD with
 * 404 for tags that exist, and a planned creation would then move the tag.
 */
export function withCertainAbsence(facts: Facts, rules: readonly ImmutableRule[]): Facts {
  if (rules.length === 0) return facts;
  const matchRule = compileRules(rules);
  return {
    ...facts,
    resolve: (reference, side, destination) => {
      const answer = facts.resolve(reference, side, destination);
      const { repository, tag, digest } = reference;
      if (side !== "target" || answer?.kind !== "absent" || tag === undefined || digest !== undefined) return answer;
      const target = { repository, tag };
      return matchRule(target) === undefined ? answer : facts.confirmAbsence(target);
    },
  };
}
