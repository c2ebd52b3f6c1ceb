import type { FoundRepositories, Plan } from "../../model/plan.ts";
import { plural } from "./format.ts";

/** More names would hide the plan. */
const MAX_NAMES = 20;

/** What one pattern over repositories selected. */
export type FoundText = { readonly pattern: string; readonly count: string; readonly names: readonly string[] };

/** Describes the repositories that each pattern selected: all of them if `all` is true, otherwise the first ones and the number of others. */
export function describeFound({ catalogs = [] }: Plan, all: boolean): readonly FoundText[] {
  return catalogs.map((catalog) => ({
    pattern: catalog.pattern,
    count: plural(catalog.repositories.length, "repository", "repositories"),
    names: namesOf(catalog, all),
  }));
}

function namesOf({ repositories, pattern }: FoundRepositories, all: boolean): readonly string[] {
  const host = pattern.slice(0, pattern.indexOf("/") + 1);
  const names = repositories.map((name) => (name.startsWith(host) ? name.slice(host.length) : name));
  if (all || names.length <= MAX_NAMES) return names;
  return [...names.slice(0, MAX_NAMES), `and ${names.length - MAX_NAMES} more`];
}
