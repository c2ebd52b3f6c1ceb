/** One thing in a value that its schema does not allow, in plain English: lower case, no full stop. */
export type SchemaProblem = {
  /** Keys and indices from the root to the value, or to the object that has or lacks `key`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly kind: "unknown-key" | "missing-key" | "type" | "choice" | "size" | "pattern" | "other";
  /** The unknown or missing key. */
  readonly key?: string;
  /** What may stand there: the known keys, or the values to choose from. */
  readonly allowed?: readonly string[];
  readonly hint?: string;
  /** For kinds `type` and `choice`: what would be right, in words. */
  readonly expected?: readonly string[];
};
