import { blockOf, compileRules } from "../facts/policy.ts";
import type { Rule } from "./rule.ts";

/** Blocks moving or deleting a tag that a rule of the manifest covers. Absent tags may be created. */
export const immutable: Rule = ({ manifest }) => {
  const matchRule = compileRules(manifest.rules);
  return (change) => {
    if (change.action !== "update" && change.action !== "delete") return change;
    const match = matchRule(change.target);
    return match === undefined ? change : { ...change, action: "blocked", block: blockOf(match) };
  };
};
