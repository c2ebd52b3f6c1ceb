import { escapeUTF8 } from "entities/escape";
import { forTerminal } from "../../text/sanitize.ts";

/** Text that already is HTML. Only {@link html} and {@link ours} create it. */
export type Html = { readonly html: string };

const SQUEEZED = new WeakMap<TemplateStringsArray, readonly string[]>();

/**
 * Builds HTML from a template. Values are untrusted text, which is escaped and cut, unless they already are HTML. Attribute values must be
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

/** Marks trusted text as HTML. It must not contain untrusted parts: a style, a script, the path of a drawing. */
export function ours(text: string): Html {
  return { html: text };
}

/** Indentation in the templates would account for a third of a page with thousands of rows. */
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
