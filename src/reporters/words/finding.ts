import { flow } from "./layout.ts";
import { escapeFor, type RenderOptions } from "./options.ts";

/** A line about something, and what to do about it. `head` and `parts` are safe to print, `hint` is not escaped yet. */
export type Finding = {
  readonly head: string;
  readonly parts: readonly string[];
  readonly hint?: string | undefined;
};

const DIGEST = /\b(?<start>sha(?:256|512):[0-9a-f]{12})(?:[0-9a-f]{52}|[0-9a-f]{116})\b/g;

/**
 * Lays out a finding, and its hint on lines of its own. On a terminal, digests are shortened: they would take more than one line, and the
 * JSON formats have them in full.
 */
export function flowFinding(
  { head, parts, hint }: Finding,
  options: Pick<RenderOptions, "columns" | "ci">,
  indentation: number,
): readonly string[] {
  const { columns } = options;
  const layout = { columns, indentation };
  const shorten = (text: string): string => (columns === undefined ? text : shortenDigests(text));
  const lines = flow({ head, parts: parts.map(shorten) }, layout);
  if (hint === undefined) return lines;
  const advice = shorten(`hint: ${escapeFor(options)(hint)}`);
  return [...lines, ...flow({ head: " ".repeat(indentation), parts: [advice] }, layout)];
}

/** Shortens each whole digest in a text, and marks it with `…` so that it is not mistaken for a valid one. */
export function shortenDigests(text: string): string {
  return text.replaceAll(DIGEST, "$<start>…");
}
