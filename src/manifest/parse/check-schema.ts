import * as validator from "../../schema/generated/images.validate.js";
import { findProblems } from "../../schema/problems.ts";
import type { SchemaProblem } from "../../schema/schema-problem.ts";
import type { FileContext } from "./file-context.ts";
import { keyRange, type Node, nodeAt, type Path } from "./nodes.ts";
import { nearest } from "../../text/nearest.ts";
import type { Finding } from "./source-text.ts";

/** Reports violations of the schema. The result says which parts are valid. */
export function checkSchema(root: Node, value: unknown, { report, reportAt }: FileContext): SchemaResult {
  const problems = findProblems(validator, value);
  for (const problem of problems) {
    const finding: Finding = { message: problem.message, hint: hintFor(problem) };
    const parent = nodeAt(root, problem.path);
    const key = parent === undefined || problem.kind !== "unknown-key" ? undefined : keyRange(parent, problem.key);
    if (key === undefined) report(problem.path, finding);
    else reportAt(key, finding);
  }
  const bad = new Set(problems.map(({ path }) => keyOf(path.slice(0, 2))));
  const places = problems.map(({ path }) => path);
  return {
    isMap: problems.every(({ path, kind }) => path.length > 0 || kind !== "type"),
    isSectionFit: (section) => !bad.has(keyOf([section])),
    isFit: (section, part) => !bad.has(keyOf([section, part])),
    isPlaceFit: (path) => !places.some((place) => path.every((key, at) => place[at] === key)),
  };
}

export type SchemaResult = {
  /** The file is a map. */
  readonly isMap: boolean;
  /** The section has the right type; its content may still be wrong. */
  readonly isSectionFit: (section: string) => boolean;
  /** This part of a section has no problems. */
  readonly isFit: (section: string, part: string | number) => boolean;
  /** This path has no problems at or below it. */
  readonly isPlaceFit: (path: Path) => boolean;
};

function keyOf(path: readonly unknown[]): string {
  return JSON.stringify(path);
}

function hintFor({ kind, key, allowed, message, hint }: SchemaProblem): string | undefined {
  if (hint !== undefined || allowed === undefined || allowed.length === 0) return hint;
  const written = kind === "unknown-key" ? key : /"([^"]*)"$/.exec(message)?.[1];
  const meant = written === undefined ? undefined : nearest(written, allowed);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  return kind === "unknown-key" ? `known here: ${allowed.join(", ")}` : undefined;
}
