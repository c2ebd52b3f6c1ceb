const SHOWN = 80;

const NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  null: "nothing",
  array: "a list",
  object: "a map",
};

/** ` "value"` for scalars, cut if long; empty for lists and maps. */
export function quoteValue(value: unknown): string {
  if (typeof value === "string") return ` "${value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value}"`;
  return typeof value === "number" || typeof value === "boolean" ? ` ${value}` : "";
}

export function describeKind(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? "the text" : "the value";
}

/** `a`, `a or b`, `a, b or c`. */
export function listOfWords(words: readonly string[], last: "and" | "or"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/** Returns `text` for `string`, `text` and `nothing` for `["string", "null"]`. A type that allows every scalar is `text`. */
export function describeTypes(type: unknown): readonly string[] {
  const types = (Array.isArray(type) ? type : [type]).map(String);
  if (["string", "number", "boolean", "null"].every((scalar) => types.includes(scalar))) return [NAMES["string"] ?? ""];
  return types.map((name) => NAMES[name] ?? name);
}
