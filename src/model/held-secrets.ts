import { formsOf, isCommonText, type SecretForm, SHORTEST_MASKED } from "./secret-forms.ts";

/** The secrets that the process holds, and how they are masked. */
export type HeldSecrets = {
  /** Holds a secret, or marks it as used. Above the limit, the least recently used secrets are dropped. */
  readonly hold: (secret: string) => void;
  /** Replaces every form of every secret by `***`. `common`: also masks secrets that are everyday words. */
  readonly mask: (text: string, options?: { readonly common?: boolean }) => string;
};

export const MASK = "***";

/** A long-running process gets new tokens all the time. */
const MOST_HELD = 1500;
const KEPT = 1000;
/** The minimum length of a form; the rolling hash covers exactly this many characters. */
const WINDOW = SHORTEST_MASKED;
const HASH_BITS = 16;
/** Six characters, shifted by 3 bits each, still fit a 16-bit hash. */
const HASH_SHIFT = 3;
const HASH_MASK = 2 ** HASH_BITS - 1;
/** A partial match of a long form counts from this length on. */
const LONG_PART = 24;
const RUN = /[A-Za-z0-9._~+/=%-]/;

type Entry = SecretForm & { readonly isCommon: boolean };

/** Masking scans a text once with a rolling hash, regardless of the number of secrets. Without secrets it does not scan. */
export function createHeldSecrets(): HeldSecrets {
  const secrets = new Map<string, readonly Entry[]>();
  let byStart = new Map<string, Entry[]>();
  let hashes = new Uint8Array(HASH_MASK + 1);

  const index = (entry: Entry): void => {
    const start = entry.text.slice(0, WINDOW);
    const there = byStart.get(start);
    if (there === undefined) byStart.set(start, [entry]);
    else if (!there.some((other) => isSame(other, entry))) there.push(entry);
    hashes[hashOf(start)] = 1;
  };
  const drop = (count: number): void => {
    for (const old of [...secrets.keys()].slice(0, count)) secrets.delete(old);
    byStart = new Map();
    hashes = new Uint8Array(HASH_MASK + 1);
    for (const entries of secrets.values()) for (const entry of entries) index(entry);
  };

  return {
    hold: (secret) => {
      const known = secrets.get(secret);
      if (known !== undefined) {
        secrets.delete(secret);
        secrets.set(secret, known);
        return;
      }
      const entries = formsOf(secret).map(({ text, kind }): Entry => ({
        text,
        kind,
        isCommon: kind === "exact" && isCommonText(text),
      }));
      if (entries.length === 0) return;
      secrets.set(secret, entries);
      for (const entry of entries) index(entry);
      if (secrets.size > MOST_HELD) drop(secrets.size - KEPT);
    },
    mask: (text, { common = false } = {}) => {
      if (secrets.size === 0 || text.length < WINDOW) return text;
      let masked = "";
      let rest = 0;
      let hit: Span | undefined;
      let hash = 0;
      for (let at = 0; at < text.length; at += 1) {
        hash = ((hash << HASH_SHIFT) ^ text.charCodeAt(at)) & HASH_MASK;
        if (hashes[hash] === 0 || at < WINDOW - 1) continue;
        const start = at - WINDOW + 1;
        const end = endOfMatch(byStart.get(text.slice(start, at + 1)), { text, start, common });
        if (end === undefined) continue;
        if (hit !== undefined && start <= hit.end) {
          hit = { start: hit.start, end: Math.max(hit.end, end) };
          continue;
        }
        if (hit !== undefined) {
          masked += text.slice(rest, hit.start) + MASK;
          rest = hit.end;
        }
        hit = { start: afterEscape(text, start), end };
      }
      return hit === undefined ? text : masked + text.slice(rest, hit.start) + MASK + text.slice(hit.end);
    },
  };
}

type Span = { readonly start: number; readonly end: number };
type Place = { readonly text: string; readonly start: number; readonly common: boolean };

function endOfMatch(entries: readonly Entry[] | undefined, { text, start, common }: Place): number | undefined {
  let longest: number | undefined;
  for (const { text: form, kind, isCommon } of entries ?? []) {
    if (isCommon && !common) continue;
    const same = commonLength(form, text, start);
    if (same < form.length && (kind === "run" || same < LONG_PART)) continue;
    const end = kind === "run" ? endOfRun(text, start + same) : start + same;
    if (longest === undefined || end > longest) longest = end;
  }
  return longest;
}

function commonLength(form: string, text: string, start: number): number {
  let length = 0;
  while (length < form.length && form.charCodeAt(length) === text.charCodeAt(start + length)) length += 1;
  return length;
}

function endOfRun(text: string, from: number): number {
  let end = from;
  while (end < text.length && RUN.test(text.charAt(end))) end += 1;
  return end;
}

/** In JSON, a backslash and the next character belong together: without it the text would no longer parse. */
function afterEscape(text: string, start: number): number {
  return text[start - 1] === "\\" && /[bfnrt"\\/]/.test(text.charAt(start)) ? start + 1 : start;
}

function isSame(one: Entry, other: Entry): boolean {
  return one.text === other.text && one.kind === other.kind;
}

function hashOf(start: string): number {
  let hash = 0;
  for (let at = 0; at < start.length; at += 1) hash = ((hash << HASH_SHIFT) ^ start.charCodeAt(at)) & HASH_MASK;
  return hash;
}
