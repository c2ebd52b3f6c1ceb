import { validators } from "./generated/validators.ts";
import { findProblems } from "./problems.ts";
import type { SchemaProblem } from "./schema-problem.ts";

/** The schemas that there are, by the name of their file: `images` is schemas/images.schema.json. */
export type SchemaName = keyof typeof validators;

/** What is wrong with a value by one of the schemas. The validator is loaded on first use. */
export async function validate(name: SchemaName, value: unknown): Promise<readonly SchemaProblem[]> {
  return findProblems(await validators[name](), value);
}
