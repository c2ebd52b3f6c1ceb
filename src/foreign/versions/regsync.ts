import { compareText } from "./prerelease.ts";
import type { CompiledRange, RangeProblem } from "./version-library.ts";

/**
 * The ranges of regsync's own version package: any number of parts, and pre-releases are compared like any other version. Missing parts are
 * zero: `=1.2` is 1.2.0 alone.
 */
export function compileRegsync(text: string): CompiledRange | RangeProblem {
  const parts = text
    .trim()
    .split(/\s+/)
    .filter((part) => part !== "");
  const comparisons = parts.map(parseComparison);
  const known = comparisons.filter((one) => one !== undefined);
  if (parts.length === 0 || known.length < parts.length) return { problem: `"${text}" is not a version range` };
  const bounds = known.flat();
  return {
    matches: (tag) => {
      const version = parseVersion(tag);
      return version !== undefined && bounds.every((bound) => meets(version, bound));
    },
    ours: toOurs(bounds),
  };
}

type Version = { readonly numbers: readonly bigint[]; readonly prerelease: string };
type Bound = { readonly operator: "=" | "<" | "<=" | ">" | ">="; readonly version: Version };

const COMPARISON = /^(>=|<=|[><=^~])?(.*)$/;
const MAX_NUMBER = 2n ** 63n;

function parseComparison(text: string): readonly Bound[] | undefined {
  const [, operator = "=", rest = ""] = COMPARISON.exec(text) ?? [];
  const version = parseVersion(rest);
  if (version === undefined) return undefined;
  const [major = 0n, minor = 0n, patch = 0n] = version.numbers;
  const below = (...numbers: readonly bigint[]): Bound => ({ operator: "<", version: { numbers, prerelease: "" } });
  const from = { operator: ">=", version } as const;
  switch (operator) {
    case "^":
      if (major > 0n) return [from, below(major + 1n, 0n, 0n)];
      return [from, minor > 0n ? below(0n, minor + 1n, 0n) : below(0n, 0n, patch + 1n)];
    case "~":
      return [from, below(major, minor + 1n, 0n)];
    case "=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return [{ operator, version }];
    default:
      return undefined;
  }
}

function parseVersion(tag: string): Version | undefined {
  const [version = ""] = tag.replace(/^v/, "").split("+");
  const dash = version.indexOf("-");
  const parts = (dash < 0 ? version : version.slice(0, dash)).split(".");
  if (parts.some((part) => !/^\d+$/.test(part))) return undefined;
  const numbers = parts.map(BigInt);
  if (numbers.some((number) => number >= MAX_NUMBER)) return undefined;
  return { numbers, prerelease: dash < 0 ? "" : version.slice(dash + 1) };
}

function meets(version: Version, { operator, version: bound }: Bound): boolean {
  const order = compare(version, bound);
  if (operator === "=") return order === 0;
  if (operator.startsWith("<")) return operator === "<=" ? order <= 0 : order < 0;
  return operator === ">=" ? order >= 0 : order > 0;
}

function compare(one: Version, other: Version): number {
  const length = Math.max(one.numbers.length, other.numbers.length);
  for (let at = 0; at < length; at += 1) {
    const [left, right] = [one.numbers[at] ?? 0n, other.numbers[at] ?? 0n];
    if (left !== right) return left < right ? -1 : 1;
  }
  if (one.prerelease === other.prerelease) return 0;
  if (one.prerelease === "") return 1;
  return other.prerelease === "" ? -1 : comparePrereleases(one.prerelease, other.prerelease);
}

/** Words and numbers alternate within a part, so that rc9 is before rc10. */
function comparePrereleases(one: string, other: string): number {
  const [left, right] = [one.split("."), other.split(".")];
  for (const [at, part] of left.entries()) {
    const against = right[at];
    const order = against === undefined ? 0 : compareIdentifiers(part, against);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareIdentifiers(one: string, other: string): number {
  let [left, right] = [one, other];
  while (left !== "" && right !== "") {
    const [, word = "", number = ""] = /^(\D*)(\d*)/.exec(left) ?? [];
    const [, otherWord = "", otherNumber = ""] = /^(\D*)(\d*)/.exec(right) ?? [];
    if (word !== otherWord) return compareText(word, otherWord);
    if (number === "" || otherNumber === "") {
      if (otherNumber !== "") return -1;
      return number === "" ? 0 : 1;
    }
    if (BigInt(number) !== BigInt(otherNumber)) return BigInt(number) < BigInt(otherNumber) ? -1 : 1;
    left = left.slice(word.length + number.length);
    right = right.slice(otherWord.length + otherNumber.length);
  }
  if (left === right) return 0;
  return left === "" ? -1 : 1;
}

function toOurs(bounds: readonly Bound[]): CompiledRange["ours"] {
  const texts = bounds.map(formatBound);
  if (texts.includes(undefined)) return undefined;
  return [{ range: texts.join(" "), prerelease: true }];
}

/** Undefined: a version of images.yaml has three numbers. */
function formatBound({ operator, version: { numbers, prerelease } }: Bound): string | undefined {
  const [major = 0n, minor = 0n, patch = 0n, ...more] = numbers;
  if (more.some((number) => number > 0n) || !/^[0-9A-Za-z.-]*$/.test(prerelease)) return undefined;
  return `${operator === "=" ? "" : operator}${major}.${minor}.${patch}${prerelease === "" ? "" : `-${prerelease}`}`;
}
