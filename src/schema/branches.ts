import type { SchemaProblem } from "./schema-problem.ts";
import { describeKind, listOfWords, quoteValue } from "./describe-value.ts";
import { defined } from "../model/defined.ts";

/** The problems of a value with respect to one of its possible forms. */
export type Branch = readonly SchemaProblem[];

/** Explains why a value has none of several forms: returns the problems of the form that was most likely meant. */
export function explainBranches(branches: readonly Branch[], value: unknown): readonly SchemaProblem[] {
  const fitting = branches.filter((problems) => !problems.some(isAboutWhole));
  if (fitting.length === 0) return [noneFits(branches, value)];
  const meant = fitting.filter((problems) => !problems.some(isMissingHere));
  if (meant.length > 0 || fitting.length === 1) return fewest(meant.length > 0 ? meant : fitting);
  return noKeyNamesForm(fitting);
}

/** The type or constant of the value itself is wrong, not that of a part. */
function isAboutWhole({ path, kind }: SchemaProblem): boolean {
  return path.length === 0 && (kind === "type" || kind === "choice");
}

function isMissingHere({ path, kind }: SchemaProblem): boolean {
  return path.length === 0 && kind === "missing-key";
}

function fewest(branches: readonly Branch[]): readonly SchemaProblem[] {
  const [best] = branches.toSorted((one, other) => rank(one) - rank(other));
  if (best === undefined || best.length > 0) return best ?? [];
  return [{ path: [], kind: "other", message: "fits more than one of the forms that are allowed here" }];
}

/** A key that selects another form, such as `type`, outweighs all other problems. */
function rank(problems: Branch): number {
  const misnamed = problems.some(({ path, kind }) => path.length === 1 && kind === "choice");
  return problems.length + (misnamed ? 1000 : 0);
}

function noneFits(branches: readonly Branch[], value: unknown): SchemaProblem {
  const whole = branches.flat().filter(isAboutWhole);
  const allowed = whole.flatMap((problem) => problem.allowed ?? []);
  const expected = [...new Set(whole.flatMap((problem) => problem.expected ?? []))];
  return {
    path: [],
    kind: typeof value === "string" && allowed.length > 0 ? "choice" : "type",
    message: `expected ${listOfWords(expected, "or")}, not ${describeKind(value)}${quoteValue(value)}`,
    expected,
    ...defined({ allowed: allowed.length > 0 ? allowed : undefined }),
  };
}

function noKeyNamesForm(branches: readonly Branch[]): readonly SchemaProblem[] {
  const here = branches.map((problems) => problems.filter(({ path }) => path.length === 0));
  const required = [...new Set(here.flatMap((problems) => keysOf(problems, "missing-key")))];
  const known = [
    ...new Set(here.flat().flatMap(({ kind, allowed }) => (kind === "unknown-key" ? (allowed ?? []) : []))),
  ];
  const unknown = here
    .map((problems) => keysOf(problems, "unknown-key"))
    .reduce((common, keys) => common.filter((key) => keys.includes(key)));
  if (unknown.length === 0) {
    const names = required.map((key) => `"${key}"`);
    return [{ path: [], kind: "missing-key", message: `one of the keys ${listOfWords(names, "or")} is needed` }];
  }
  return unknown.map((key) => ({
    path: [],
    kind: "unknown-key",
    key,
    allowed: known,
    message: `unknown key "${key}"`,
  }));
}

function keysOf(problems: readonly SchemaProblem[], kind: SchemaProblem["kind"]): readonly string[] {
  return problems.flatMap((problem) => (problem.kind === kind && problem.key !== undefined ? [problem.key] : []));
}
