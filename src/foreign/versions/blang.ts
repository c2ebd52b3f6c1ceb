import { comparePrereleases } from "./prerelease.ts";
import type { CompiledRange, RangeProblem } from "./version-library.ts";

/** The ranges of github.com/blang/semver/v4, which dregsy uses. Pre-releases are compared like any other version. */
export function compileBlang(text: string): CompiledRange | RangeProblem {
  const groups = text.split("||").map((group) => tokensOf(group).map(parseComparison));
  const known = groups.map((group) => group.filter((one) => one !== undefined));
  const isBad = groups.some((group, at) => group.length === 0 || group.length !== known[at]?.length);
  if (isBad) return { problem: `"${text.trim()}" is not a version range` };
  const bounds = known.map((group) => group.flat());
  return {
    matches: (tag) => {
      const version = parseTolerantVersion(tag);
      return version !== undefined && bounds.some((group) => group.every((bound) => meets(version, bound)));
    },
    ours: toOurs(bounds),
  };
}

export type BlangVersion = { readonly numbers: readonly [bigint, bigint, bigint]; readonly prerelease: string };
type Bound = { readonly operator: "=" | "!=" | "<" | "<=" | ">" | ">="; readonly version: BlangVersion };

const COMPARISON = /^(>=|<=|!=|==|[><=!])?(\d[^\s]*)$/;
const PRERELEASE = /^(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*$/;

/** An operator may stand apart from its version. */
function tokensOf(group: string): readonly string[] {
  return group
    .replaceAll(/([<>=])\s+/g, "$1")
    .split(/\s+/)
    .filter((token) => token !== "");
}

function parseComparison(token: string): readonly Bound[] | undefined {
  const [, sign = "=", text] = COMPARISON.exec(token) ?? [];
  if (text === undefined) return undefined;
  const operator = sign === "==" ? "=" : sign === "!" ? "!=" : sign;
  if (!isOperator(operator)) return undefined;
  const wildcard = /^(\d+)(?:\.(\d+))?\.x(\.x)?$/.exec(text);
  if (wildcard === null) {
    const version = parseVersion(text);
    return version === undefined ? undefined : [{ operator, version }];
  }
  // the library counts 1.x.x as 1.0.x
  const [, major = "0", minor = wildcard[3] === undefined ? undefined : "0"] = wildcard;
  const first = { numbers: [BigInt(major), BigInt(minor ?? "0"), 0n], prerelease: "" } as const;
  const after: BlangVersion = {
    numbers: minor === undefined ? [first.numbers[0] + 1n, 0n, 0n] : [first.numbers[0], first.numbers[1] + 1n, 0n],
    prerelease: "",
  };
  if (operator === ">") return [{ operator: ">=", version: after }];
  if (operator === ">=" || operator === "<") return [{ operator, version: first }];
  if (operator === "<=") return [{ operator: "<", version: after }];
  if (operator === "=")
    return [
      { operator: ">=", version: first },
      { operator: "<", version: after },
    ];
  // the library joins both halves of != with AND, so nothing meets them
  return [
    { operator: "<", version: first },
    { operator: ">=", version: after },
  ];
}

function isOperator(text: string): text is Bound["operator"] {
  return ["=", "!=", "<", "<=", ">", ">="].includes(text);
}

function parseVersion(text: string): BlangVersion | undefined {
  const [, major, minor, patch, prerelease = ""] =
    /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([^+]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(text) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  if (prerelease !== "" && !PRERELEASE.test(prerelease)) return undefined;
  return { numbers: [BigInt(major), BigInt(minor), BigInt(patch)], prerelease };
}

/** Also reads `v1.2` and numbers with leading zeros. */
export function parseTolerantVersion(tag: string): BlangVersion | undefined {
  const [, major, minor, rest] = /^v?([^.]*)(?:\.([^.]*))?(?:\.(.*))?$/s.exec(tag.trim()) ?? [];
  const parts = [major, minor, rest].filter((part) => part !== undefined);
  const isShort = parts.length < 3;
  if (isShort && /[+-]/.test(parts.at(-1) ?? "")) return undefined;
  const full = [...parts, "0", "0"].slice(0, 3).map((part) => part.replace(/^0+(?=\d)/, ""));
  return parseVersion(full.join("."));
}

function meets(version: BlangVersion, { operator, version: bound }: Bound): boolean {
  const order = compareBlangVersions(version, bound);
  if (operator === "=") return order === 0;
  if (operator === "!=") return order !== 0;
  if (operator.startsWith("<")) return operator === "<=" ? order <= 0 : order < 0;
  return operator === ">=" ? order >= 0 : order > 0;
}

export function compareBlangVersions(one: BlangVersion, other: BlangVersion): number {
  for (const [at, number] of one.numbers.entries()) {
    const against = other.numbers[at] ?? 0n;
    if (number !== against) return number < against ? -1 : 1;
  }
  if (one.prerelease === other.prerelease) return 0;
  if (one.prerelease === "") return 1;
  return other.prerelease === "" ? -1 : comparePrereleases(one.prerelease, other.prerelease);
}

function toOurs(groups: readonly (readonly Bound[])[]): CompiledRange["ours"] {
  const texts = groups.flatMap((group) => {
    // "not this version" is "older, or newer"
    let alternatives: readonly string[] = [""];
    for (const { operator, version } of group) {
      const text = `${version.numbers.join(".")}${version.prerelease === "" ? "" : `-${version.prerelease}`}`;
      const choices = operator === "!=" ? [`<${text}`, `>${text}`] : [`${operator === "=" ? "" : operator}${text}`];
      alternatives = alternatives.flatMap((before) => choices.map((choice) => `${before} ${choice}`.trim()));
    }
    return alternatives;
  });
  return texts.length > 16 ? undefined : [{ range: texts.join(" || "), prerelease: true }];
}
