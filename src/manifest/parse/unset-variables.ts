import type { Diagnostic } from "../../model/error.ts";
import { diagnose, positionAt, type Range, type SourceText } from "./source-text.ts";

/** One use of a variable that has no value. */
export type UnsetVariable = { readonly name: string; readonly source: SourceText; readonly range: Range };

/** More would not be read. */
const MAX_NAMES = 100;
const MAX_USES = 10;

/**
 * Describes all variables without a value in one finding, with every place that uses them, so that all of them can be set at once. At most
 * 100 variables and 10 places of each are listed, and the rest is counted. Returns nothing if all variables are set.
 */
export function describeUnset(uses: readonly UnsetVariable[]): readonly Diagnostic[] {
  const [first] = uses;
  if (first === undefined) return [];
  const byName = Map.groupBy(uses, ({ name }) => name);
  const names = [...byName.keys()];
  const related = [...byName].slice(0, MAX_NAMES).flatMap(([name, places]) => describeUses(name, places));
  const finding = {
    message: messageOf(names),
    hint: hintFor(names),
    ...(uses.length === 1 ? {} : { related }),
  };
  return [diagnose(first.source, first.range, finding)];
}

function messageOf(names: readonly string[]): string {
  if (names.length === 1) return `the variable "${names.join("")}" is not set`;
  const shown = names.slice(0, MAX_NAMES).map((name) => `"${name}"`);
  const rest = names.length - shown.length;
  return `${names.length} variables are not set: ${shown.join(", ")}${rest === 0 ? "" : ` and ${rest} more`}`;
}

function hintFor(names: readonly string[]): string {
  const name = names.length === 1 ? names.join("") : "NAME";
  return `pass --var ${name}=VALUE or --var-file FILE, set IMGSYNC_VAR_${name}, or write \${${name}:-DEFAULT}`;
}

function describeUses(name: string, uses: readonly UnsetVariable[]): NonNullable<Diagnostic["related"]> {
  const shown = uses.slice(0, MAX_USES);
  const rest = uses.length - shown.length;
  return shown.map(({ source, range: [start] }, index) => ({
    position: positionAt(source, start),
    message: `"${name}" is used here${rest > 0 && index === shown.length - 1 ? ` and in ${rest} more places` : ""}`,
  }));
}
