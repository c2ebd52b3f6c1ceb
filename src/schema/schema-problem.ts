/** A violation of the schema, in plain English: lower case, no final period. */
export type SchemaProblem = {
  /** Keys and indices from the root to the value, or to the object that has or lacks `key`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly kind: "unknown-key" | "missing-key" | "type" | "choice" | "size" | "pattern" | "other";
  /** The unknown or missing key. */
  readonly key?: string;
  /** The allowed keys or values. */
  readonly allowed?: readonly string[];
  readonly hint?: string;
  /** For kinds `type` and `choice`: a description of what is expected. */
  readonly expected?: readonly string[];
};

/** Describes a problem with its place in the document: `/changes/0: missing key "action"`. */
export function describeProblem({ path, message }: SchemaProblem): string {
  return path.length === 0 ? message : `${["", ...path].join("/")}: ${message}`;
}
