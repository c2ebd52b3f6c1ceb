import { maskSecrets } from "../model/secret.ts";

/** The most characters of foreign text that one place shows. */
export const MAX_TEXT = 500;

/**
 * Characters that a terminal obeys instead of showing, that change the order of what is read, or that nobody sees: controls
 * (C0, DEL, C1), format characters (bidi, zero-width, soft hyphen), line and paragraph separators, tag characters.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{E0000}-\u{E0FFF}]/u;
const ALL_UNSAFE = new RegExp(UNSAFE, "gu");

/**
 * Commands that CI systems obey wherever they stand in a line of a log: `##vso[` and `##[` of Azure Pipelines and older GitHub runners,
 * `##teamcity[`, and GitLab's `section_start:` and `section_end:`. The last character found is the one to escape.
 */
const RUNNER_COMMAND = /##(?=[\w.-]*\[)|section_(?:start|end):/gi;

const NAMED = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/**
 * Foreign text without secrets, made well-formed (lone surrogates become U+FFFD) and cut to `max` characters, `…(+n)` for the rest
 * included. Secrets go first: a part of one, or one that is escaped, would no longer be found.
 */
export function clean(text: string, max = MAX_TEXT): string {
  return shorten(maskSecrets(text), max, (character) => character);
}

/**
 * Foreign text for a line on a terminal: whatever is not plainly visible becomes `\n`, `\t` or `\u{hex}`. Doing it twice
 * changes nothing more.
 */
export function forTerminal(text: string, max = MAX_TEXT): string {
  // any output may end in the log of a CI job, also a report or a page that a script prints
  return shorten(maskSecrets(text).replaceAll(RUNNER_COMMAND, defuse), max, escapeCharacter);
}

/** As {@link forTerminal}, for a line in the log of a CI job: it never starts with `::`, which is a workflow command to GitHub's runners. */
export function insideCiLog(text: string, max = MAX_TEXT): string {
  return forTerminal(text, max).replace(/^\s*:(?=:[A-Za-z])/, String.raw`\u{3a}`);
}

/** JSON that is also safe to print: what {@link forTerminal} escapes is escaped as JSON does. It parses to the same value. */
export function forJson(value: unknown, indentation = 0): string {
  // the line breaks and blanks of indentation are ours; inside strings JSON.stringify has escaped C0 already
  const json = maskSecrets(JSON.stringify(value, undefined, indentation));
  return json
    .replaceAll(ALL_UNSAFE, (unsafe) => (unsafe === "\n" ? unsafe : escapeUnits(unsafe)))
    .replaceAll(RUNNER_COMMAND, (command) => command.slice(0, -1) + escapeUnits(command.slice(-1)));
}

/** One character (code point) as {@link forTerminal} shows it. */
export function escapeCharacter(character: string): string {
  if (!UNSAFE.test(character)) return character;
  return NAMED.get(character) ?? escapeAlways(character);
}

/** Where in a text the characters stand that {@link forTerminal} escapes to defuse a command, for text that is shown one by one. */
export function findCommandEnds(text: string): ReadonlySet<number> {
  return new Set(Array.from(text.matchAll(RUNNER_COMMAND), ({ 0: command, index }) => index + command.length - 1));
}

/** One character as a number, in the form of {@link forTerminal}. */
export function escapeAlways(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function defuse(command: string): string {
  return command.slice(0, -1) + escapeAlways(command.slice(-1));
}

function shorten(text: string, max: number, show: (character: string) => string): string {
  const characters = Array.from(text.toWellFormed());
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
