import { maskSecrets } from "../model/secret.ts";

/** Maximum number of untrusted characters shown in one place. */
export const MAX_TEXT = 500;

/**
 * Characters that control a terminal, reorder text or are invisible: controls (C0, DEL, C1), format characters (bidi, zero-width, soft
 * hyphen), line and paragraph separators, tag characters.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{E0000}-\u{E0FFF}]/u;
const ALL_UNSAFE = new RegExp(UNSAFE, "gu");

/**
 * Commands that CI systems execute anywhere in a log line: `##vso[` and `##[` of Azure Pipelines and older GitHub runners, `##teamcity[`,
 * and GitLab's `section_start:` and `section_end:`. The last character of a match is the one to escape.
 */
const RUNNER_COMMAND = /##(?=[\w.-]*\[)|section_(?:start|end):/gi;

const NAMED = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/**
 * Masks secrets in untrusted text, makes it well-formed (lone surrogates become U+FFFD) and cuts it to `max` characters, including `…(+n)`
 * for the rest. Secrets are masked first, since cut or escaped ones would not match.
 */
export function clean(text: string, max = MAX_TEXT): string {
  return shorten(maskSecrets(text), max, (character) => character);
}

/** Formats untrusted text for a terminal line: characters that are not plainly visible become `\n`, `\t` or `\u{hex}`. Idempotent. */
export function forTerminal(text: string, max = MAX_TEXT): string {
  // any output may end up in a CI log, also a report or page printed by a script
  return shorten(maskSecrets(text).replaceAll(RUNNER_COMMAND, defuse), max, escapeCharacter);
}

/** Like {@link forTerminal}, for a line of a CI log: the result never starts with `::`, a workflow command of GitHub's runners. */
export function insideCiLog(text: string, max = MAX_TEXT): string {
  return forTerminal(text, max).replace(/^\s*:(?=:[A-Za-z])/, String.raw`\u{3a}`);
}

/** Formats JSON that is safe to print: what {@link forTerminal} escapes is escaped in JSON syntax. It parses to the same value. */
export function forJson(value: unknown, indentation = 0): string {
  // the newlines of the indentation are kept; JSON.stringify has already escaped C0 inside strings
  const json = maskSecrets(JSON.stringify(value, undefined, indentation));
  return json
    .replaceAll(ALL_UNSAFE, (unsafe) => (unsafe === "\n" ? unsafe : escapeUnits(unsafe)))
    .replaceAll(RUNNER_COMMAND, (command) => command.slice(0, -1) + escapeUnits(command.slice(-1)));
}

/** Formats one character (code point) like {@link forTerminal}. */
function escapeCharacter(character: string): string {
  if (!UNSAFE.test(character)) return character;
  return NAMED.get(character) ?? escapeAlways(character);
}

/**
 * Returns the positions of characters that {@link forTerminal} escapes because of a command, for text that is shown character by character.
 */
export function findCommandEnds(text: string): ReadonlySet<number> {
  return new Set(Array.from(text.matchAll(RUNNER_COMMAND), ({ 0: command, index }) => index + command.length - 1));
}

/** Formats one character as a number, in the form of {@link forTerminal}. */
export function escapeAlways(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function defuse(command: string): string {
  return command.slice(0, -1) + escapeAlways(command.slice(-1));
}

function shorten(text: string, max: number, show: (character: string) => string): string {
  const characters = Array.from(text.toWellFormed());
  // the mark counts too, so that cutting a text twice changes nothing
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
