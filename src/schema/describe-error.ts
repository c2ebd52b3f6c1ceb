import type { ErrorObject } from "ajv";
import { describeKind, describeTypes, listOfWords, quoteValue } from "./describe-value.ts";
import type { SchemaProblem } from "./schema-problem.ts";

/** Converts an error of ajv (with `verbose`) to problems. Errors that only repeat others result in none. */
export function describeError(error: ErrorObject, path: SchemaProblem["path"]): readonly SchemaProblem[] {
  const { keyword, data } = error;
  switch (keyword) {
    case "additionalProperties":
    case "unevaluatedProperties":
      return [unknownKey(error, path)];
    case "required":
      return [missingKey(error, path)];
    case "type":
      return [unexpected("type", describeTypes(error.schema), data, path)];
    case "const":
      return [choice([error.schema], data, path)];
    case "enum":
      return [choice(Array.isArray(error.schema) ? error.schema : [], data, path)];
    case "pattern":
      return [pattern(error, path)];
    case "uniqueItems":
      return [{ path: repeated(error, path), kind: "other", message: "is in the list twice" }];
    case "if":
    case "contains":
      return [];
    default:
      return [size(error, path) ?? { path, kind: "other", message: error.message ?? `fails "${keyword}"` }];
  }
}

function unknownKey({ params, parentSchema }: ErrorObject, path: SchemaProblem["path"]): SchemaProblem {
  const key = String(params["additionalProperty"] ?? params["unevaluatedProperty"]);
  const properties: unknown = parentSchema?.["properties"];
  const allowed = typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
  return { path, kind: "unknown-key", key, allowed, message: `unknown key "${key}"` };
}

function missingKey({ params }: ErrorObject, path: SchemaProblem["path"]): SchemaProblem {
  const key = String(params["missingProperty"]);
  return { path, kind: "missing-key", key, message: `missing key "${key}"` };
}

function choice(choices: readonly unknown[], data: unknown, path: SchemaProblem["path"]): SchemaProblem {
  const expected = choices.map((one) => JSON.stringify(one));
  return { ...unexpected("choice", expected, data, path), allowed: choices.map(String) };
}

function unexpected(
  kind: "type" | "choice",
  expected: readonly string[],
  data: unknown,
  path: SchemaProblem["path"],
): SchemaProblem {
  const found = `${describeKind(data)}${quoteValue(data)}`;
  return { path, kind, expected, message: `expected ${listOfWords(expected, "or")}, not ${found}` };
}

function pattern(error: ErrorObject, path: SchemaProblem["path"]): SchemaProblem {
  const hint = descriptionOf(error);
  const value = quoteValue(error.data).trimStart();
  return hint === undefined
    ? { path, kind: "pattern", message: `${value} does not match ${String(error.schema)}` }
    : { path, kind: "pattern", message: `${value} does not have the right form`, hint };
}

/** Returns the schema's description, without the final period, for use as a hint. */
export function descriptionOf({ parentSchema }: ErrorObject): string | undefined {
  const description: unknown = parentSchema?.["description"];
  return typeof description === "string" ? description.replace(/\.$/, "") : undefined;
}

function size({ keyword, schema, data }: ErrorObject, path: SchemaProblem["path"]): SchemaProblem | undefined {
  const limit = Number(schema);
  const messages: Readonly<Record<string, string>> = {
    minItems: limit === 1 ? "the list is empty" : `the list needs at least ${limit} elements`,
    maxItems: `the list has more than ${limit} elements`,
    minLength: limit === 1 ? "the text is empty" : `the text needs at least ${limit} characters`,
    maxLength: `the text has more than ${limit} characters`,
    minProperties: limit === 1 ? "the map is empty" : `the map needs at least ${limit} keys`,
    minimum: `expected at least ${limit}, not${quoteValue(data)}`,
    maximum: `expected at most ${limit}, not${quoteValue(data)}`,
  };
  const message = messages[keyword];
  return message === undefined ? undefined : { path, kind: "size", message };
}

function repeated({ params }: ErrorObject, path: SchemaProblem["path"]): SchemaProblem["path"] {
  return [...path, Math.max(Number(params["i"]), Number(params["j"]))];
}
