import type { SemVer } from "semver";
import { parseLooseVersion } from "./version.ts";

/**
 * Sorts tags from oldest to newest. The order is total, so that every run counts `latest: N` alike: first tags that are not versions, in
 * natural order (runs of digits count as numbers), then versions in semver order; ties by text.
 */
export function sortTags(
  tags: Iterable<string>,
  versionOf: (tag: string) => SemVer | undefined = parseLooseVersion,
): readonly string[] {
  const keys = [...tags].map((tag) => ({ tag, version: versionOf(tag) }));
  return keys.sort(compareKeys).map(({ tag }) => tag);
}

/** Negative if `one` is older than `other`, in the order of {@link sortTags}; 0 only for equal texts. */
export function compareTags(one: string, other: string): number {
  return compareKeys({ tag: one, version: parseLooseVersion(one) }, { tag: other, version: parseLooseVersion(other) });
}

type Key = { readonly tag: string; readonly version: SemVer | undefined };

function compareKeys(one: Key, other: Key): number {
  if (one.version === undefined && other.version === undefined) {
    return compareNaturally(one.tag, other.tag) || compareText(one.tag, other.tag);
  }
  if (one.version === undefined) return -1;
  if (other.version === undefined) return 1;
  return one.version.compare(other.version) || compareText(one.tag, other.tag);
}

function compareNaturally(one: string, other: string): number {
  const left = one.match(/\d+|\D+/g) ?? [];
  const right = other.match(/\d+|\D+/g) ?? [];
  for (const [at, part] of left.entries()) {
    const against = right[at];
    if (against === undefined) return 1;
    const order = compareParts(part, against);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareParts(one: string, other: string): number {
  const areNumbers = isDigit(one) && isDigit(other);
  return areNumbers ? compareNumbers(one, other) : compareText(one, other);
}

function isDigit(part: string): boolean {
  return part >= "0" && part < ":";
}

/** Compares numbers of any length: a tag may have more digits than a number can hold. */
function compareNumbers(one: string, other: string): number {
  const left = one.replace(/^0+/, "");
  const right = other.replace(/^0+/, "");
  return left.length - right.length || compareText(left, right);
}

/** Compares by code unit, because the order of a locale depends on the machine. */
function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
