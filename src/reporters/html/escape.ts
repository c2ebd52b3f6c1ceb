import { escapeUTF8 } from "entities";
import { forTerminal } from "../sanitize.ts";

/** Text that is HTML already; only {@link html} makes it. */
export type Html = { readonly html: string };

/**
 * HTML from a template: what is filled in is foreign text, escaped and cut, unless it is HTML already. Attributes must stand
 * in double quotes.
 */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  return { html: parts.map((part, index) => part + show(values[index])).join("") };
}

function show(value: string | number | Html | readonly Html[] | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return escapeUTF8(forTerminal(value));
  if (typeof value === "number") return String(value);
  return "html" in value ? value.html : value.map((part) => part.html).join("");
}
