import type { CST } from "yaml";

/** Why parsing stops. */
export type Refusal = { readonly message: string; readonly hint?: string };

const IGNORED: ReadonlySet<string> = new Set(["space", "newline", "comment"]);
const FLOW_STARTS: ReadonlySet<string> = new Set(["flow-map-start", "flow-seq-start", "comma"]);

/**
 * Returns a detector for invalid sequences of lexemes, which is called for each lexeme. The yaml package would report each of them only
 * after reading the whole file: a file of commas would become gigabytes of errors.
 */
export function createSlipFinder(): (type: CST.TokenType | null) => Refusal | undefined {
  let previous = "";
  let repeats = 0;
  return (type) => {
    if (type === null || IGNORED.has(type)) return undefined;
    repeats = type === previous ? repeats + 1 : 0;
    const before = previous;
    previous = type;
    if (type === "comma" && FLOW_STARTS.has(before)) return { message: "a value is missing before the comma" };
    // two in a row are valid: one on a map, one on its first key
    if (type === "anchor" && repeats === 2) return { message: "a value can have one anchor only" };
    if (type === "map-value-ind" && repeats === 2) return { message: "a key or a value is missing between colons" };
    return undefined;
  };
}
