import { displayWidth } from "./width.ts";

/** Starts a continuation line whose text could otherwise be a command to a CI runner. */
const GUTTER = "| ";
const HANGING = "  ";

/**
 * Lays out `head` and its comma-separated parts: on one line if it fits into `columns`, otherwise on further lines under `indentation`. A
 * part wider than a line is broken between words; words are never cut.
 */
export function flow(
  { head, parts }: { readonly head: string; readonly parts: readonly string[] },
  { columns = Infinity, indentation }: { readonly columns?: number | undefined; readonly indentation: number },
): readonly string[] {
  const margin = " ".repeat(indentation);
  const lines: string[] = [];
  let line = head;
  let isFresh = true;
  for (const [at, part] of parts.entries()) {
    const text = at < parts.length - 1 ? `${part},` : part;
    const candidate = isFresh ? line + text : `${line} ${text}`;
    if (displayWidth(candidate) <= columns) {
      line = candidate;
    } else {
      if (line.trim() !== "") lines.push(line.trimEnd());
      const broken = breakWords(isHarmless(text) ? text : GUTTER + text, columns - indentation);
      lines.push(...broken.slice(0, -1).map((piece) => margin + piece));
      line = margin + (broken.at(-1) ?? "");
    }
    isFresh = false;
  }
  return [...lines, line.trimEnd()];
}

/** Breaks a sentence between words. Lines after the first are indented. */
export function breakWords(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const candidate = line === "" ? word : `${line} ${word}`;
    // a word wider than any line gains nothing from its own line
    if (line === "" || displayWidth(candidate) <= width || displayWidth(HANGING + word) > width) {
      line = candidate;
    } else if (word !== "") {
      // spaces at a break are dropped: a line of spaces would accept any word after them
      lines.push(line);
      line = isHarmless(word) ? HANGING + word : GUTTER + word;
    }
  }
  return [...lines, line];
}

/** Commands to CI runners start with `::` or `##`. Anything else is left as it is, so that commands can be copied. */
function isHarmless(start: string): boolean {
  return !/^\s*[:#]/.test(start);
}
