import { comparePrereleases } from "./prerelease.ts";
import type { CompiledRange, OurRange, RangeProblem } from "./version-library.ts";

/**
 * The ranges of github.com/Masterminds/semver/v3, which skopeo uses. A comparison that names a pre-release includes pre-releases in its whole
 * group. Missing numbers are wildcards.
 */
export function compileMasterminds(text: string): CompiledRange | RangeProblem {
  const groups = rewriteHyphens(text).split("||").map(parseGroup);
  const bad = groups.findIndex((group) => group === undefined);
  if (bad >= 0) return { problem: `"${text}" is not a version range` };
  const known = groups.filter((group) => group !== undefined);
  return {
    matches: (tag) => {
      const version = parseVersion(tag);
      return version !== undefined && known.some((group) => isInGroup(version, group));
    },
    ours: toOurs(known),
  };
}

type Version = { readonly numbers: readonly [bigint, bigint, bigint]; readonly prerelease: string };

/** `given`: how many numbers were written before a wildcard. */
type Comparison = { readonly operator: string; readonly version: Version; readonly given: 0 | 1 | 2 | 3 };

/** Comparisons that a version has to meet together. */
type Group = { readonly comparisons: readonly Comparison[]; readonly hasPrerelease: boolean };

const VERSION = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;
const MAX_NUMBER = 2n ** 64n;
const NUMBER = String.raw`(?:\d+|[xX*])`;
const WRITTEN = String.raw`v?(${NUMBER})(?:\.(${NUMBER}))?(?:\.(${NUMBER}))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?`;
const COMPARISON = new RegExp(String.raw`^\s*(=>|=<|>=|<=|!=|~>|[=<>~^])?\s*${WRITTEN}(?=[\s,]|$)\s*,?`);
const HYPHEN = /(v?[\dxX*][^\s,|]*)\s+-\s+(v?[\dxX*][^\s,|]*)/g;

function rewriteHyphens(text: string): string {
  return text.replaceAll(HYPHEN, ">= $1, <= $2 ");
}

function parseGroup(text: string): Group | undefined {
  const comparisons: Comparison[] = [];
  for (let rest = text; rest.trim() !== "" || comparisons.length === 0;) {
    const found = COMPARISON.exec(rest);
    const comparison = found === null ? undefined : toComparison(found);
    if (found === null || comparison === undefined) return undefined;
    comparisons.push(comparison);
    rest = rest.slice(found[0].length);
  }
  const hasPrerelease = comparisons.some(({ version }) => version.prerelease !== "");
  // the library then compares pre-releases alone, which has no equivalent
  const isOdd = hasPrerelease && comparisons.some(({ operator, given }) => operator === "!=" && given === 2);
  return isOdd ? undefined : { comparisons, hasPrerelease };
}

function toComparison([, operator = "", ...parts]: RegExpExecArray): Comparison | undefined {
  const written = parts.slice(0, 3);
  const wildcard = written.findIndex((part) => part === undefined || /^[xX*]$/.test(part));
  const given = wildcard < 0 ? 3 : wildcard;
  const [major = 0n, minor = 0n, patch = 0n] = written.slice(0, given).map((part) => BigInt(part));
  const prerelease = parts[3] ?? "";
  if (!isPrerelease(prerelease)) return undefined;
  // given is the index of a wildcard among three parts, or 3
  return { operator, version: { numbers: [major, minor, patch], prerelease }, given: given as 0 | 1 | 2 | 3 };
}

function parseVersion(tag: string): Version | undefined {
  const [, major, minor = "0", patch = "0", prerelease = ""] = VERSION.exec(tag) ?? [];
  if (major === undefined || !isPrerelease(prerelease)) return undefined;
  const numbers = [BigInt(major), BigInt(minor), BigInt(patch)] as const;
  return numbers.some((number) => number >= MAX_NUMBER) ? undefined : { numbers, prerelease };
}

/** The library refuses numbers with leading zeros here, and nowhere else. */
function isPrerelease(text: string): boolean {
  return text === "" || text.split(".").every((part) => part !== "" && !/^0\d+$/.test(part));
}

function isInGroup(version: Version, { comparisons, hasPrerelease }: Group): boolean {
  if (version.prerelease !== "" && !hasPrerelease) return false;
  return comparisons.every((comparison) =>
    boundsOf(comparison).some((bounds) => bounds.every((one) => meets(version, one))),
  );
}

/** A plain comparison with a whole version. */
type Bound = { readonly operator: "=" | "<" | "<=" | ">" | ">="; readonly version: Version };

/** The plain comparisons that a comparison stands for; a version has to meet all of one list. */
function boundsOf({ operator, version, given }: Comparison): readonly (readonly Bound[])[] {
  const { numbers } = version;
  const from = { operator: ">=", version } as const;
  const below = (place: 0 | 1 | 2): Bound => ({ operator: "<", version: next(numbers, place) });
  const after = (place: 0 | 1 | 2): Bound => ({ operator: ">=", version: next(numbers, place) });
  // a version of zeros and wildcards has its own rules in this library
  const isAny = given === 0;
  switch (operator) {
    case "!=":
      if (given === 3 || isAny) return [[{ operator: "<", version }], [{ operator: ">", version }]];
      return [[{ operator: "<", version: lowest(numbers) }], [after(given === 1 ? 0 : 1)]];
    case ">":
      if (given === 3 || isAny) return [[{ operator: ">", version }]];
      return [[after(given === 1 ? 0 : 1)]];
    case "<":
      return [[{ operator: "<", version }]];
    case ">=":
    case "=>":
      return [[from]];
    case "<=":
    case "=<":
      if (given === 3) return [[{ operator: "<=", version }]];
      return [[below(given === 1 ? 0 : 1)]];
    case "^":
      if (numbers[0] > 0n || given === 1) return [[from, below(0)]];
      return [[from, below(numbers[1] > 0n || given === 2 ? 1 : 2)]];
    case "":
    case "=":
      if (given === 3) return [[{ operator: "=", version }]];
      break;
  }
  // ~, and equality with a wildcard
  const isZero = numbers.every((number) => number === 0n) && (given === 0 || given === 3);
  return isZero ? [[from]] : [[from, below(given === 1 ? 0 : 1)]];
}

function lowest(numbers: Version["numbers"]): Version {
  return { numbers, prerelease: "0" };
}

/** The first version, with its pre-releases, whose number at this place is larger. */
function next([major, minor, patch]: Version["numbers"], place: 0 | 1 | 2): Version {
  if (place === 0) return lowest([major + 1n, 0n, 0n]);
  return lowest(place === 1 ? [major, minor + 1n, 0n] : [major, minor, patch + 1n]);
}

function meets(version: Version, { operator, version: bound }: Bound): boolean {
  const order = compare(version, bound);
  if (operator === "=") return order === 0;
  if (operator.startsWith("<")) return operator === "<=" ? order <= 0 : order < 0;
  return operator === ">=" ? order >= 0 : order > 0;
}

function compare(one: Version, other: Version): number {
  for (const [at, number] of one.numbers.entries()) {
    const against = other.numbers[at] ?? 0n;
    if (number !== against) return number < against ? -1 : 1;
  }
  if (one.prerelease === other.prerelease) return 0;
  if (one.prerelease === "") return 1;
  return other.prerelease === "" ? -1 : comparePrereleases(one.prerelease, other.prerelease);
}

/** More alternatives than this are not written out. */
const MAX_ALTERNATIVES = 16;

function toOurs(groups: readonly Group[]): readonly OurRange[] | undefined {
  const ranges = new Map<boolean, string[]>();
  for (const { comparisons, hasPrerelease } of groups) {
    let alternatives: readonly (readonly Bound[])[] = [[]];
    for (const comparison of comparisons) {
      const choices = boundsOf(comparison);
      alternatives = alternatives.flatMap((before) => choices.map((bounds) => before.concat(bounds)));
      if (alternatives.length > MAX_ALTERNATIVES) return undefined;
    }
    const texts = alternatives.map((bounds) => bounds.map((one) => formatBound(one, hasPrerelease)).join(" "));
    ranges.set(hasPrerelease, [...(ranges.get(hasPrerelease) ?? []), ...texts]);
  }
  return [...ranges].map(([prerelease, texts]) => ({ range: texts.join(" || "), prerelease }));
}

/** Without pre-releases, the lowest pre-release of a version is the same bound as the version. */
function formatBound({ operator, version: { numbers, prerelease } }: Bound, hasPrerelease: boolean): string {
  const sign = operator === "=" ? "" : operator;
  const suffix = prerelease === "" || (prerelease === "0" && !hasPrerelease) ? "" : `-${prerelease}`;
  return `${sign}${numbers.join(".")}${suffix}`;
}
