/**
 * The keys of the outermost object of a JSON text, in order and with repeats, which JSON.parse hides. The text must have
 * passed JSON.parse before: this is a scanner, not a validator.
 */
export function topLevelKeys(text: string): readonly string[] {
  const keys: string[] = [];
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
      if (depth === 1) expectsKey = char === "{";
    } else if (char === "}" || char === "]") depth -= 1;
    else if (char === "," && depth === 1) expectsKey = true;
    at += 1;
  }
  return keys;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}
