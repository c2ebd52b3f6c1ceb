import { blockBackup, blockOf, compileRules, movedBackup } from "../facts/policy.ts";
import type { Rule } from "./rule.ts";

/** Blocks an update whose backup would move a tag that a rule of the manifest covers. */
export const immutableBackup: Rule = ({ manifest }) => {
  const matchRule = compileRules(manifest.rules);
  return (change) => {
    const moved = movedBackup(change);
    const match = moved === undefined ? undefined : matchRule(moved);
    return match === undefined ? change : blockBackup(change, blockOf(match));
  };
};
