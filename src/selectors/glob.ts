import { hasLayoutScheme, parseLayoutName } from "../model/layout-name.ts";
import { parseGlob } from "./pattern/glob.ts";
import { matchWhole } from "./pattern/match.ts";

const MAX_LENGTH = 255;

/**
 * Returns a test for the texts that a list of globs matches: a positive pattern matches and no `!` pattern does, in any order. With `!`
 * patterns alone: none of them matches. The patterns must have passed {@link globProblem}.
 */
export function compileGlobs(patterns: readonly string[]): (text: string) => boolean {
  const negative = patterns.filter(isNegated).map((pattern) => compile(pattern.slice(1)));
  const positive = patterns.filter((pattern) => !isNegated(pattern)).map(compile);
  return (text) =>
    (positive.length === 0 ? negative.length > 0 : positive.some((matches) => matches(text))) &&
    !negative.some((matches) => matches(text));
}

/** Returns which pattern of a list is the reason that the list matches a text, for display: a positive one, or all of them. */
export function compileGlobReason(patterns: readonly string[]): (text: string) => string {
  const positive = patterns.filter((pattern) => !isNegated(pattern));
  const globs = positive.map((pattern) => ({ pattern, matches: compile(pattern) }));
  return (text) => globs.find(({ matches }) => matches(text))?.pattern ?? patterns.join(", ");
}

export function isNegated(pattern: string): boolean {
  return pattern.startsWith("!");
}

/** Returns why a text is not a valid glob and how to fix it, or undefined if it is valid. */
export function globProblem(pattern: string): string | undefined {
  const glob = isNegated(pattern) ? pattern.slice(1) : pattern;
  if (glob === "") return "the pattern is empty";
  if (glob.length > MAX_LENGTH) return `the pattern has more than ${MAX_LENGTH} characters`;
  return characterProblem(glob) ?? partsProblem(glob.split("/"));
}

/** Like {@link globProblem}. Also refuses patterns that no tag can match, because such a rule would protect nothing. */
export function tagGlobProblem(pattern: string): string | undefined {
  const problem = globProblem(pattern);
  if (problem !== undefined) return problem;
  const foreign = /[/:@[\]]/.exec(pattern)?.[0];
  return foreign === undefined ? undefined : `"${pattern}" has "${foreign}", which no tag has`;
}

/** Like {@link globProblem}. Also refuses patterns that no normalised `host[:port]/path` or `oci:FOLDER` can match. */
export function repositoryGlobProblem(pattern: string): string | undefined {
  const problem = globProblem(pattern);
  if (problem !== undefined) return problem;
  if (hasLayoutScheme(pattern)) return layoutGlobProblem(pattern);
  if (pattern.includes("@")) return `"${pattern}" has "@", which no repository has`;
  if (/[A-Z]/.test(pattern)) return `"${pattern}" has upper-case letters; repositories are compared in lower case`;
  if (pattern.includes("/") || pattern.includes("**")) return undefined;
  return `"${pattern}" matches no repository; write HOST/PATH, such as "docker.io/library/*" or "*/**"`;
}

/** Like {@link globProblem}, for the paths of repositories at one host. Excluding patterns are refused. */
export function repositoryPathGlobProblem(pattern: string): string | undefined {
  if (isNegated(pattern)) return `"${pattern}" excludes; a source selects repositories`;
  const foreign = /[:@A-Z[\]]/.exec(pattern)?.[0];
  return globProblem(pattern) ?? (foreign && `"${pattern}" has "${foreign}", which no path of a repository has`);
}

/** Folders are compared in normalised form. */
function layoutGlobProblem(pattern: string): string | undefined {
  const short = parseLayoutName(pattern);
  if (typeof short !== "string") return short.problem;
  return short === pattern ? undefined : `"${pattern}" matches no folder; write "${short}"`;
}

function characterProblem(glob: string): string | undefined {
  const bad = /[^A-Za-z0-9._\-/:@*?[\]]/u.exec(glob)?.[0];
  if (bad !== undefined) {
    return `"${glob}" has "${bad}", which is not supported; a glob is made of letters, digits, . _ - / : @ and the wildcards * ? **`;
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

function compile(glob: string): (text: string) => boolean {
  const problem = globProblem(glob);
  if (problem !== undefined) throw new Error(`not a glob: ${problem}`);
  return matchWhole(parseGlob(glob));
}
