/** Parses JSON from outside. Returns undefined if the text is not JSON. */
export function tryParseJson(json: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof json === "string" ? json : new TextDecoder().decode(json));
  } catch {
    return undefined;
  }
}

/** Returns a JSON object as a Map, in which untrusted keys such as `__proto__` have no meaning, or undefined for anything else. Threat T25. */
export function asObject(value: unknown): ReadonlyMap<string, unknown> | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? new Map(Object.entries(value)) : undefined;
}

/** Parses a JSON object. Returns undefined for anything else. */
export function parseObject(json: string | Uint8Array): ReadonlyMap<string, unknown> | undefined {
  return asObject(tryParseJson(json));
}

/** Returns one member of a JSON object, or undefined if there is no such object or member. Threat T25. */
export function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

/** Returns a string that is not empty, or undefined for anything else. */
export function textIn(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Returns the strings of a list; none if it is not a list. */
export function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
}
