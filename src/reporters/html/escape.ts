import { escapeUTF8 } from "entities/escape";
import { forTerminal } from "../../text/sanitize.ts";

/** Text that is HTML already; only {@link html} and {@link ours} make it. */
export type Html = { readonly html: string };

const SQUEEZED = new WeakMap<TemplateStringsArray, readonly string[]>();

/**
 * HTML from a template: what is filled in is foreign text, escaped and cut, unless it is HTML already. Attributes must stand
 * in double quotes.
 */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  return {
    html: squeeze(parts)
      .map((part, index) => part + show(values[index]))
      .join(""),
  };
}

/** Text of ours that is no place for anything foreign: a style, a script, a drawing's path. */
export function ours(text: string): Html {
  return { html: text };
}

/** The indentation of templates would be a third of a page with thousands of rows. */
function squeeze(parts: TemplateStringsArray): readonly string[] {
  const known = SQUEEZED.get(parts);
  if (known !== undefined) return known;
  const squeezed = parts.map((part) => part.replaceAll(/\s*\n\s*/g, "\n"));
  SQUEEZED.set(parts, squeezed);
  return squeezed;
}

function show(value: string | number | Html | readonly Html[] | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return escapeUTF8(forTerminal(value));
  if (typeof value === "number") return String(value);
  return "html" in value ? value.html : value.map((part) => part.html).join("");
}
