import { blockOf, matchRule } from "../facts/policy.ts";
import type { Rule } from "./rule.ts";

/** Blocks moving or deleting a tag that a rule of the manifest covers. Absent tags may be created. */
export const immutable: Rule =
  ({ manifest }) =>
  (change) => {
    if (change.action !== "update" && change.action !== "delete") return change;
    const match = matchRule(manifest.rules, change.target);
    return match === undefined ? change : { ...change, action: "blocked", block: blockOf(match) };
  };
