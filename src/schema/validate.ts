import { validators } from "./generated/validators.ts";
import { findProblems } from "./problems.ts";
import type { SchemaProblem } from "./schema-problem.ts";

/** The names of the schemas, by file name: `images` is schemas/images.schema.json. */
export type SchemaName = keyof typeof validators;

/** Returns the problems of a value with respect to a schema. The validator is loaded on first use. */
export async function validate(name: SchemaName, value: unknown): Promise<readonly SchemaProblem[]> {
  return findProblems(await validators[name](), value);
}
