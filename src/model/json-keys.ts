/**
 * Returns the keys of the outermost object of a JSON text, in order and with the duplicates that JSON.parse hides; empty if the text is not
 * an object. The text must be valid JSON: this is a scanner, not a validator.
 */
export function topLevelKeys(text: string): readonly string[] {
  const keys: string[] = [];
  const isObject = text.trimStart().startsWith("{");
  let depth = 0;
  let expectsKey = false;
  let at = 0;
  while (at < text.length) {
    const char = text[at];
    if (char === '"') {
      const end = endOfString(text, at);
      if (depth === 1 && expectsKey) {
        keys.push(String(JSON.parse(text.slice(at, end))));
        expectsKey = false;
      }
      at = end;
      continue;
    }
    if (char === "{" || char === "[") {
      depth += 1;
      if (depth === 1) expectsKey = isObject;
    } else if (char === "}" || char === "]") depth -= 1;
    else if (char === "," && depth === 1) expectsKey = isObject;
    at += 1;
  }
  return keys;
}

/** Returns the maximum nesting depth of objects and lists. The text must be valid JSON. */
export function nestingOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at) - 1;
    else if (char === "{" || char === "[") depth += 1;
    else if (char === "}" || char === "]") depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}
