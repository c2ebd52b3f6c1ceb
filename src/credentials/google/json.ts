/** Parses a JSON object as a Map, since its keys are untrusted. Returns undefined for anything else. */
export function parseObject(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    return toMap(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function toMap(value: unknown): ReadonlyMap<string, unknown> | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? new Map(Object.entries(value)) : undefined;
}

/** Returns the string under a key, or undefined if it is missing or empty. */
export function textAt(object: ReadonlyMap<string, unknown>, key: string): string | undefined {
  const value = object.get(key);
  return typeof value === "string" && value !== "" ? value : undefined;
}
