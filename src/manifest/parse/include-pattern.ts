import { compileGlobs, globProblem } from "../../selectors/glob.ts";
import type { Range } from "./source-text.ts";

/** A path or glob of `include:`, relative to the file that contains it, with forward slashes. */
export type IncludePattern = { readonly pattern: string; readonly range: Range };

export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** Returns the parts of a path or glob, without those that stand for the same folder. */
export function includeParts(written: string): readonly string[] {
  return written.split("/").filter((part) => part !== "." && part !== "");
}

/** Returns a function that reports whether a path below the folder of the root file is included. */
export function compileInclude(written: string): (path: string) => boolean {
  const pattern = includeParts(written).join("/");
  return isGlob(pattern) ? compileGlobs([pattern]) : (path) => path === pattern;
}

/** Returns why a text is not a valid path or glob below the folder. */
export function includeProblem(pattern: string): string | undefined {
  if (pattern.includes("\\")) return `"${pattern}" has a backslash; folders are separated by /`;
  if (pattern.startsWith("/") || /^[A-Za-z]:/.test(pattern)) return `"${pattern}" is not relative to this file`;
  if (pattern.startsWith("!")) return `"${pattern}" excludes, but includes only add`;
  if (pattern.split("/").includes("..")) return `"${pattern}" leads out of the folder of this file`;
  return isGlob(pattern) ? globProblem(pattern.replace(/^(?:\.\/)+/, "")) : undefined;
}
