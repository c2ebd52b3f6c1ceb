import picomatch from "picomatch";
import { hasLayoutScheme, parseLayoutName } from "../model/layout-name.ts";

const MAX_LENGTH = 255;
const MAX_STARS_IN_PART = 3;
const MAX_STARS = 8;
const MAX_GLOBSTARS = 2;
const MAX_CACHED = 1000;

/**
 * All other picomatch syntax is off, or refused by {@link globProblem} before. The fast paths differ from picomatch's own rules: "*.*"
 * would not match "a.".
 */
const OPTIONS = {
  dot: true,
  fastpaths: false,
  noextglob: true,
  nobrace: true,
  nonegate: true,
  nobracket: true,
  windows: false,
} as const;

const cache = new Map<string, RegExp>();

/** Whether a positive pattern matches and no `!` pattern does, in any order. With `!` patterns alone: whether none matches. */
export function matchesGlobs(patterns: readonly string[], text: string): boolean {
  return compileGlobs(patterns)(text);
}

/** Compiles {@link matchesGlobs} for many texts. The patterns must have passed {@link globProblem}. */
export function compileGlobs(patterns: readonly string[]): (text: string) => boolean {
  const negative = patterns.filter(isNegated).map((pattern) => compile(pattern.slice(1)));
  const positive = patterns.filter((pattern) => !isNegated(pattern)).map(compile);
  return (text) =>
    (positive.length === 0 ? negative.length > 0 : positive.some((glob) => glob.test(text))) &&
    !negative.some((glob) => glob.test(text));
}

/** Whether one pattern matches the whole text; a leading `!` negates it. */
export function matchesGlob(pattern: string, text: string): boolean {
  return compileGlobs([pattern])(text);
}

export function isNegated(pattern: string): boolean {
  return pattern.startsWith("!");
}

/** Returns why a text is not a valid glob and how to fix it, or undefined if it is valid. */
export function globProblem(pattern: string): string | undefined {
  const glob = isNegated(pattern) ? pattern.slice(1) : pattern;
  if (glob === "") return "the pattern is empty";
  if (glob.length > MAX_LENGTH) return `the pattern has more than ${MAX_LENGTH} characters`;
  return characterProblem(glob) ?? partsProblem(glob.split("/")) ?? wildcardProblem(glob);
}

/** Like {@link globProblem}. Also refuses patterns that no tag can match, because such a rule would protect nothing. */
export function tagGlobProblem(pattern: string): string | undefined {
  const problem = globProblem(pattern);
  if (problem !== undefined) return problem;
  const foreign = /[/:[\]]/.exec(pattern)?.[0];
  return foreign === undefined ? undefined : `"${pattern}" has "${foreign}", which no tag has`;
}

/** Like {@link globProblem}. Also refuses patterns that no normalised `host[:port]/path` or `oci:FOLDER` can match. */
export function repositoryGlobProblem(pattern: string): string | undefined {
  const problem = globProblem(pattern);
  if (problem !== undefined) return problem;
  if (hasLayoutScheme(pattern)) return layoutGlobProblem(pattern);
  if (/[A-Z]/.test(pattern)) return `"${pattern}" has upper-case letters; repositories are compared in lower case`;
  if (pattern.includes("/") || pattern.includes("**")) return undefined;
  return `"${pattern}" matches no repository; write HOST/PATH, such as "docker.io/library/*" or "*/**"`;
}

/** Folders are compared in normalised form. */
function layoutGlobProblem(pattern: string): string | undefined {
  const short = parseLayoutName(pattern);
  if (typeof short !== "string") return short.problem;
  return short === pattern ? undefined : `"${pattern}" matches no folder; write "${short}"`;
}

function characterProblem(glob: string): string | undefined {
  const bad = /[^A-Za-z0-9._\-/:*?[\]]/u.exec(glob)?.[0];
  if (bad !== undefined) {
    return `"${glob}" has "${bad}", which is not supported; a glob is made of letters, digits, . _ - / : and the wildcards * ? **`;
  }
  const rest = glob.replace(/^\[[A-Fa-f0-9]*:[A-Fa-f0-9:]*\](?=[:/]|$)/, "");
  if (!/[[\]]/.test(rest)) return undefined;
  return `"${glob}" has a bracket; brackets are allowed only around an IPv6 host, and character classes are not supported`;
}

function partsProblem(parts: readonly string[]): string | undefined {
  if (parts.includes("")) return `"${parts.join("/")}" has an empty part; look for // or a slash at either end`;
  const dots = parts.find((part) => part === "." || part === "..");
  if (dots !== undefined) return `"${parts.join("/")}" has the part "${dots}", which matches nothing`;
  if (parts.some((part, at) => part === "**" && parts[at + 1] === "**")) {
    return `"${parts.join("/")}" has **/**, which says the same as one **`;
  }
  const glued = parts.find((part) => part !== "**" && part.includes("**"));
  if (glued === undefined) return undefined;
  const [before, after] = glued.split(/\*{2,}/);
  const advice = [before === "" ? "" : `${before}*/`, "**", after === "" ? "" : `/*${after}`].join("");
  return `"${glued}" has ** beside other characters; ** must be a whole path segment: write "${advice}"`;
}

/** Each star multiplies the work by the length of the text, so their number is limited. */
function wildcardProblem(glob: string): string | undefined {
  const parts = glob.split("/");
  const globstars = parts.filter((part) => part === "**").length;
  if (globstars > MAX_GLOBSTARS) return `"${glob}" has ** more than ${MAX_GLOBSTARS} times`;
  const stars = parts.filter((part) => part !== "**").map((part) => part.split("*").length - 1);
  if (stars.some((count) => count > MAX_STARS_IN_PART)) {
    return `"${glob}" has more than ${MAX_STARS_IN_PART} * in one part; use a shorter pattern, or several`;
  }
  const total = stars.reduce((sum, count) => sum + count, 0);
  return total > MAX_STARS ? `"${glob}" has more than ${MAX_STARS} *` : undefined;
}

function compile(glob: string): RegExp {
  const known = cache.get(glob);
  if (known !== undefined) return known;
  const problem = globProblem(glob);
  if (problem !== undefined) throw new Error(`not a glob: ${problem}`);
  if (cache.size >= MAX_CACHED) cache.clear();
  // in picomatch the last ** matches nothing only after a literal: "a/**" matches "a", but "*/**" does not
  const alternatives = glob.endsWith("/**") ? [glob, glob.slice(0, -"/**".length)] : [glob];
  const compiled = new RegExp(alternatives.map((part) => picomatch.makeRe(part, OPTIONS).source).join("|"));
  cache.set(glob, compiled);
  return compiled;
}
