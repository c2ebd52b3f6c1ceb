import { defined } from "../../model/defined.ts";
import type { Condition, ForeignItem, GoRegex, Latest, TagFilter } from "../items/foreign-file.ts";
import { compileGoRegex } from "./go-regex.ts";
import { compareBlangVersions, parseTolerantVersion } from "../versions/blang.ts";
import { compareText } from "../versions/prerelease.ts";
import { compileRange } from "../versions/table.ts";

/** The copy of one tag or digest. */
export type Copy = { readonly from: { readonly tag?: string; readonly digest?: string }; readonly to: string };

/** What an item copies, by the rules of its own tool, or why this is not known. */
export type ForeignSelection = { readonly copies: readonly Copy[] } | { readonly problem: string };

/** Whether an item needs the list of the source's tags. */
export function needsTags({ selection, settings }: ForeignItem): boolean {
  return selection.kind === "filter" || (settings.isOptional === true && selection.digest === undefined);
}

/** Selects as the other tool does. `tags`: those of the source repository, if {@link needsTags}. */
export function selectForeign({ selection, settings }: ForeignItem, tags: ReadonlySet<string>): ForeignSelection {
  if (selection.kind === "named") {
    const { tag, digest, to } = selection;
    const isMissing = settings.isOptional === true && digest === undefined && tag !== undefined && !tags.has(tag);
    const from = digest === undefined ? { ...defined({ tag }) } : { digest };
    return { copies: isMissing ? [] : to.map((name) => ({ from, to: name })) };
  }
  const filter = compileFilter(selection);
  if ("problem" in filter) return filter;
  const chosen = [...tags].filter(filter.matches);
  const kept = selection.latest === undefined ? chosen : keepLatest(chosen, selection.latest);
  return { copies: kept.map((tag) => ({ from: { tag }, to: tag })) };
}

type CompiledFilter = { readonly matches: (tag: string) => boolean } | { readonly problem: string };

/** Compiles all parts of a filter but `latest`. */
export function compileFilter({ any, keep = [], deny = [] }: TagFilter): CompiledFilter {
  const conditions = any.map(compileCondition);
  const all = [...keep, ...deny].map(compileExpression);
  const bad = [...conditions, ...all].find((one) => "problem" in one);
  if (bad !== undefined && "problem" in bad) return bad;
  const tests = conditions.flatMap((one) => ("matches" in one ? [one.matches] : []));
  const [kept, denied] = [all.slice(0, keep.length), all.slice(keep.length)];
  const matchesOne = (one: CompiledFilter, tag: string): boolean => "matches" in one && one.matches(tag);
  return {
    matches: (tag) =>
      (any.length === 0 || tests.some((matches) => matches(tag))) &&
      kept.every((one) => matchesOne(one, tag)) &&
      !denied.some((one) => matchesOne(one, tag)),
  };
}

function compileCondition({ versions, allow }: Condition): CompiledFilter {
  const ranges = (versions?.ranges ?? []).map((range) => compileRange(versions?.library ?? "masterminds", range));
  const allowed = (allow ?? []).map(compileExpression);
  const bad = [...ranges, ...allowed].find((one) => "problem" in one);
  if (bad !== undefined && "problem" in bad) return bad;
  const inRange = ranges.flatMap((one) => ("matches" in one ? [one.matches] : []));
  const isAllowed = allowed.flatMap((one) => ("matches" in one ? [one.matches] : []));
  return {
    matches: (tag) =>
      (versions === undefined || inRange.some((matches) => matches(tag))) &&
      (allow === undefined || isAllowed.some((matches) => matches(tag))),
  };
}

function compileExpression(regex: GoRegex): CompiledFilter {
  const matches = compileGoRegex(regex);
  return matches === undefined ? { problem: `"${regex.text}" has syntax that imgsync cannot evaluate` } : { matches };
}

/** dregsy's `keep: latest N`: all tags that are not versions stay; without any version, the last N in text order do. */
export function keepLatest(chosen: readonly string[], { count, named }: Latest): readonly string[] {
  const all = [...new Set([...chosen, ...named])];
  const versions = all.flatMap((tag) => {
    const version = parseTolerantVersion(tag);
    return version === undefined ? [] : [{ tag, version }];
  });
  const newest = versions
    .toSorted((one, other) => compareBlangVersions(other.version, one.version))
    .slice(0, count)
    .map(({ tag }) => tag);
  const dropped = new Set(versions.map(({ tag }) => tag));
  for (const tag of newest) dropped.delete(tag);
  const kept = versions.length === 0 ? new Set(all.toSorted(compareText).slice(-count)) : undefined;
  return chosen.filter((tag) => (kept === undefined ? !dropped.has(tag) : kept.has(tag)));
}
