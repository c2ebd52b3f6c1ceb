import type { ErrorObject, ValidateFunction } from "ajv";
import { type Branch, explainBranches } from "./branches.ts";
import { describeError, descriptionOf } from "./describe-error.ts";
import type { SchemaProblem } from "./schema-problem.ts";
import { defined } from "../model/defined.ts";

export type { SchemaProblem } from "./schema-problem.ts";

/** What scripts/generate.ts generates for a schema. */
export type SchemaValidator = {
  readonly validate: ValidateFunction;
  readonly branches: ReadonlyMap<string, ValidateFunction>;
};

/** Returns all problems of a value, in the order of the schema; empty if it is valid. */
export function findProblems({ validate, branches }: SchemaValidator, value: unknown): readonly SchemaProblem[] {
  return problemsWith(validate, value, branches);
}

function problemsWith(
  validate: ValidateFunction,
  value: unknown,
  branches: SchemaValidator["branches"],
): readonly SchemaProblem[] {
  if (validate(value)) return [];
  const errors = validate.errors ?? [];
  // the problems of the form that was meant are more helpful than those of every branch
  const choicePaths = new Set(errors.filter(isChoice).map(({ instancePath }) => instancePath));
  const choices = errors.filter((error) => isChoice(error) && !isBelow(error, choicePaths));
  const plain = errors.filter((error) => !choicePaths.has(error.instancePath) && !isBelow(error, choicePaths));
  const problems = [
    ...plain.flatMap((error) => describeError(error, pathTo(value, error))),
    ...choices.flatMap((choice) => explain(choice, value, branches)),
  ];
  return [...new Map(problems.map((problem) => [JSON.stringify([problem.path, problem.message]), problem])).values()];
}

function explain(choice: ErrorObject, root: unknown, branches: SchemaValidator["branches"]): readonly SchemaProblem[] {
  const path = pathTo(root, choice);
  const tried = branchesOf(choice).flatMap((schema): Branch[] => {
    const validate = branches.get(JSON.stringify(schema));
    return validate === undefined ? [] : [problemsWith(validate, choice.data, branches)];
  });
  return explainBranches(tried, choice.data).map((problem) => below(path, problem, descriptionOf(choice)));
}

function below(path: SchemaProblem["path"], problem: SchemaProblem, hint: string | undefined): SchemaProblem {
  const isHelped = problem.hint !== undefined || problem.kind !== "pattern" || hint === undefined;
  return { ...problem, ...defined({ hint: isHelped ? undefined : hint }), path: [...path, ...problem.path] };
}

function isChoice({ keyword }: ErrorObject): boolean {
  return keyword === "anyOf" || keyword === "oneOf";
}

/** Whether one of the paths leads to a parent of the error's location. */
function isBelow({ instancePath }: ErrorObject, paths: ReadonlySet<string>): boolean {
  if (paths.size === 0) return false;
  for (let at = instancePath.lastIndexOf("/"); at >= 0; at = at === 0 ? -1 : instancePath.lastIndexOf("/", at - 1)) {
    if (paths.has(instancePath.slice(0, at))) return true;
  }
  return false;
}

function branchesOf({ keyword, parentSchema }: ErrorObject): readonly unknown[] {
  const branches: unknown = parentSchema?.[keyword];
  return Array.isArray(branches) ? branches : [];
}

/** A JSON pointer does not distinguish a key `1` from an index; the value does. */
function pathTo(value: unknown, { instancePath }: ErrorObject): readonly (string | number)[] {
  const path: (string | number)[] = [];
  let here = value;
  for (const part of instancePath.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(here) ? Number(key) : key);
    here = typeof here === "object" && here !== null ? Reflect.get(here, key) : undefined;
  }
  return path;
}
