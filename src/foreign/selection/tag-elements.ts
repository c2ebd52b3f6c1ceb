import { matchProblem } from "../../selectors/pattern-problem.ts";
import { defined } from "../../model/defined.ts";
import type { Condition, GoRegex, NamedTag, Selection, TagFilter } from "../items/foreign-file.ts";
import { alternativesOf, isFit, wholePattern, type WholePattern } from "./go-regex.ts";
import { compileFilter } from "./select-foreign.ts";
import type { OurRange } from "../versions/version-library.ts";
import { compileRange } from "../versions/table.ts";

/** An element of `tags` in images.yaml. */
export type TagElement =
  /** `from` is a tag or a digest. */
  | { readonly from: string; readonly to: readonly string[] }
  | { readonly glob: string; readonly exclude?: Exclude }
  | { readonly regex: string; readonly exclude?: Exclude; readonly latest?: number }
  | ({ readonly semver: string; readonly exclude?: Exclude; readonly latest?: number } & SemverOptions);

export type Exclude = readonly { readonly regex: string }[];
type SemverOptions = { readonly loose: true; readonly prerelease?: true; readonly pattern?: string };

/** The elements that select the same tags, or what is lost. `meant`: tags whose unescaped dots were read as dots. */
export type Elements = {
  readonly elements: readonly TagElement[];
  readonly meant: readonly string[];
  readonly losses: readonly string[];
};

/** Expresses a selection in the terms of images.yaml. */
export function elementsOf(selection: Selection): Elements {
  if (selection.kind === "named") return { elements: [namedElement(selection)], meant: [], losses: [] };
  const losses: string[] = [];
  const meant: string[] = [];
  const parts = readParts(selection, losses);
  if (parts === undefined) return { elements: [], meant, losses };
  const { any } = selection;
  const elements =
    any.length === 0 ? allElements(parts) : any.flatMap((one) => conditionElements(one, parts, { losses, meant }));
  const fit = elements.filter((element) => {
    const problem = problemOf(element);
    if (problem !== undefined) losses.push(problem);
    return problem === undefined;
  });
  const { latest } = selection;
  if (latest !== undefined && (fit.length > 1 || latest.named.length > 0 || fit.some((one) => !("semver" in one)))) {
    losses.push(
      `keep: latest ${latest.count} counts the versions of all tags together, and here those of each selector`,
    );
  }
  return { elements: latest === undefined ? fit : fit.map((one) => withLatest(one, latest.count)), meant, losses };
}

function namedElement({ tag, digest, to }: NamedTag): TagElement {
  return { from: digest ?? tag ?? "", to };
}

/** The conditions that all elements share. */
type Parts = {
  /** Lookaheads for `keep`. */
  readonly looks: string;
  readonly exclude: Exclude;
  readonly matches: (tag: string) => boolean;
};

function readParts(filter: TagFilter, losses: string[]): Parts | undefined {
  const { keep = [], deny = [] } = filter;
  const all = compileFilter({ kind: "filter", any: [], keep, deny });
  const kept = keep.map((regex) => ({ regex, whole: wholePattern(regex) }));
  const denied = deny.map(wholePattern);
  const bad = [...keep, ...deny].find((_, at) => [...kept.map(({ whole }) => whole), ...denied][at] === undefined);
  if ("problem" in all || bad !== undefined) {
    losses.push(bad === undefined ? ("problem" in all ? all.problem : "") : untranslatable(bad));
    return undefined;
  }
  const looks = kept.map(({ regex, whole }) => lookFor(whole?.pattern ?? "", regex.isNegated === true)).join("");
  const exclude = denied.flatMap((whole) =>
    whole === undefined || whole.pattern === "" ? [] : shortEnough(whole.pattern).map((regex) => ({ regex })),
  );
  return { looks, exclude, matches: all.matches };
}

/** An expression that is too long becomes its alternatives. */
function shortEnough(pattern: string): readonly string[] {
  return isFit(pattern) ? [pattern] : alternativesOf(pattern);
}

function lookFor(pattern: string, isNegated: boolean): string {
  const group = pattern.includes("|") ? `(?:${pattern})` : pattern;
  return `(?${isNegated ? "!" : "="}${group}$)`;
}

function allElements({ looks, exclude }: Parts): readonly TagElement[] {
  const excluding = exclude.length === 0 ? {} : { exclude };
  return [looks === "" ? { glob: "*", ...excluding } : { regex: `${looks}.*`, ...excluding }];
}

/** blang/semver refuses `1.2-rc1`, which `loose` reads. */
const NO_SHORT_PRERELEASE = "(?!v?\\d+(?:\\.\\d+)?-)";

type Log = { readonly losses: string[]; readonly meant: string[] };

function conditionElements({ versions, allow }: Condition, parts: Parts, log: Log): readonly TagElement[] {
  const allowed = (allow ?? []).flatMap((regex) => {
    const whole = wholePattern(regex);
    if (whole === undefined) log.losses.push(untranslatable(regex));
    if (whole === undefined) return [];
    return [regex.isNegated === true ? { pattern: `${lookFor(whole.pattern, true)}.*` } : whole];
  });
  if (versions === undefined) return allowed.flatMap((whole) => patternElements(whole, parts, log));
  const ranges = versions.ranges.flatMap((text) => {
    const compiled = compileRange(versions.library, text);
    if ("problem" in compiled) log.losses.push(compiled.problem);
    else if (compiled.ours === undefined) log.losses.push(`the version range "${text}" has no equivalent`);
    else return compiled.ours;
    return [];
  });
  if (allow !== undefined && allowed.length === 0) return [];
  const elementsFor = (look: string): readonly TagElement[] => {
    const short = versions.library === "blang" ? NO_SHORT_PRERELEASE : "";
    return rangeElements(ranges, `${parts.looks}${look}${short}`, parts.exclude);
  };
  if (allow === undefined) return elementsFor("");
  const patterns = allowed.map(({ pattern }) => pattern);
  const together = elementsFor(lookFor(patterns.join("|"), false));
  if (together.every((element) => problemOf(element) === undefined)) return together;
  return patterns.flatMap(alternativesOf).flatMap((pattern) => elementsFor(lookFor(pattern, false)));
}

function patternElements(
  whole: WholePattern,
  { looks, exclude, matches }: Parts,
  { meant }: Log,
): readonly TagElement[] {
  if (whole.pattern === "") return [];
  const tag = whole.tag ?? whole.meantTag;
  if (tag !== undefined) {
    if (!matches(tag)) return [];
    if (whole.tag === undefined) meant.push(tag);
    return [{ from: tag, to: [tag] }];
  }
  const excluding = exclude.length === 0 ? {} : { exclude };
  const own = whole.pattern.includes("|") && looks !== "" ? `(?:${whole.pattern})` : whole.pattern;
  if (isFit(looks + own)) return [{ regex: looks + own, ...excluding }];
  const toElement = (pattern: string): TagElement => ({ regex: looks + pattern, ...excluding });
  return alternativesOf(whole.pattern).map(toElement);
}

/** Ranges with the same options are one element. */
function rangeElements(ranges: readonly OurRange[], looks: string, exclude: Exclude): readonly TagElement[] {
  return [false, true].flatMap((prerelease) => {
    const texts = ranges.filter((one) => one.prerelease === prerelease).map(({ range }) => range);
    if (texts.length === 0) return [];
    return [
      {
        semver: texts.join(" || "),
        loose: true as const,
        ...defined({
          prerelease: prerelease ? (true as const) : undefined,
          pattern: looks === "" ? undefined : `${looks}(?<version>.*)`,
          exclude: exclude.length === 0 ? undefined : exclude,
        }),
      },
    ];
  });
}

function withLatest(element: TagElement, latest: number): TagElement {
  return "from" in element ? element : { ...element, latest };
}

/** Returns why images.yaml would not accept an element. */
function problemOf(element: TagElement): string | undefined {
  const excluded = "from" in element ? [] : (element.exclude ?? []);
  const bad = excluded.find(({ regex }) => !isFit(regex));
  if (bad !== undefined) return `the expression "${bad.regex}" is too long`;
  if ("regex" in element) return matchProblem({ kind: "regex", pattern: element.regex })?.problem;
  if (!("semver" in element)) return undefined;
  const { semver, loose, prerelease = false, pattern } = element;
  return matchProblem({ kind: "semver", range: semver, loose, prerelease, ...defined({ pattern }) })?.problem;
}

function untranslatable({ text }: GoRegex): string {
  return `the expression "${text}" has no equivalent in JavaScript's syntax`;
}
