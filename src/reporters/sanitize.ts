import { maskSecrets } from "../model/secret.ts";

/** The most characters of foreign text that one place shows. */
export const MAX_TEXT = 500;

/**
 * Characters that a terminal obeys instead of showing, that change the order of what is read, or that nobody sees: controls
 * (C0, DEL, C1), format characters (bidi, zero-width, soft hyphen), line and paragraph separators, tag characters.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{E0000}-\u{E0FFF}]/u;
const ALL_UNSAFE = new RegExp(UNSAFE, "gu");

/** Log lines with these are commands to Azure Pipelines, TeamCity and older GitHub runners, wherever they stand in the line. */
const RUNNER_COMMAND = /##(?=[A-Za-z.]*\[)/g;

const NAMED = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** Foreign text made well-formed (lone surrogates become U+FFFD) and cut to `max` characters, `…(+n)` for the rest included. */
export function clean(text: string, max = MAX_TEXT): string {
  return shorten(text, max, (character) => character);
}

/**
 * Foreign text for a line on a terminal: whatever is not plainly visible becomes `\n`, `\t` or `\u{hex}`. Doing it twice
 * changes nothing more.
 */
export function forTerminal(text: string, max = MAX_TEXT): string {
  return shorten(text, max, escapeCharacter);
}

/** As {@link forTerminal}, for text inside a line of ours in the log of a CI job, where `##[` could be a command. */
export function insideCiLog(text: string, max = MAX_TEXT): string {
  return forTerminal(text, max).replaceAll(RUNNER_COMMAND, String.raw`#\u{23}`);
}

/** Foreign text as a whole line of a CI log: it never starts the line, where `::` would be a workflow command. */
export function forCiLog(text: string, max = MAX_TEXT): string {
  return `| ${insideCiLog(text, max)}`;
}

/** JSON that is also safe to print: what {@link forTerminal} escapes is escaped as JSON does. It parses to the same value. */
export function forJson(value: unknown, indentation = 0): string {
  // the line breaks and blanks of indentation are ours; inside strings JSON.stringify has escaped C0 already
  return maskSecrets(JSON.stringify(value, undefined, indentation)).replaceAll(ALL_UNSAFE, (unsafe) =>
    unsafe === "\n" ? unsafe : escapeUnits(unsafe),
  );
}

/** One character (code point) as {@link forTerminal} shows it. */
export function escapeCharacter(character: string): string {
  if (!UNSAFE.test(character)) return character;
  return NAMED.get(character) ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function shorten(text: string, max: number, show: (character: string) => string): string {
  // before it is cut and escaped: a part of a secret, or one that is spelled differently, would no longer be found
  const characters = Array.from(maskSecrets(text.toWellFormed()));
  // the mark counts too, so that a text that was cut once is not cut again
  const room = max - `…(+${characters.length})`.length;
  let shown = "";
  let length = 0;
  let kept = { text: "", count: 0 };
  for (const [count, character] of characters.entries()) {
    if (length <= room) kept = { text: shown, count };
    const next = show(character);
    shown += next;
    length += next === character ? 1 : next.length;
    if (length > max) return `${kept.text}…(+${characters.length - kept.count})`;
  }
  return shown;
}

function escapeUnits(text: string): string {
  return text
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
