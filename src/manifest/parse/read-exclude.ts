import type { SelectorMapping } from "../../model/sync-manifest.ts";
import type { ExcludeRegex, Excludes, TagText } from "../../schema/generated/images.ts";
import { tagGlobProblem } from "../../selectors/glob.ts";
import { tagRegexProblem } from "../../selectors/pattern-problem.ts";
import type { FileContext } from "./file-context.ts";
import type { Path } from "./nodes.ts";
import { defined } from "../../model/defined.ts";

/** Reads globs and regular expressions of tags to drop. Returns undefined and reports if one is not valid. */
export function readExclude(
  written: Excludes | undefined,
  path: Path,
  { report }: FileContext,
): Pick<SelectorMapping, "exclude" | "excludeRegexes"> | undefined {
  const items: readonly (TagText | ExcludeRegex)[] =
    written === undefined ? [] : Array.isArray(written) ? written : [written];
  const exclude: string[] = [];
  const excludeRegexes: string[] = [];
  let isFit = true;
  for (const [index, item] of items.entries()) {
    const at = Array.isArray(written) ? [...path, index] : path;
    const isRegex = typeof item === "object" && item !== null;
    const text = String(isRegex ? item.regex : item);
    const globProblem = isRegex ? undefined : tagGlobProblem(text);
    const problem = isRegex ? tagRegexProblem(text) : globProblem === undefined ? undefined : { problem: globProblem };
    (isRegex ? excludeRegexes : exclude).push(text);
    if (problem === undefined) continue;
    isFit = false;
    report(isRegex ? [...at, "regex"] : at, { message: problem.problem, hint: problem.hint });
  }
  if (!isFit) return undefined;
  return { exclude, ...defined({ excludeRegexes: excludeRegexes.length === 0 ? undefined : excludeRegexes }) };
}
