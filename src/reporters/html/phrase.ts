import type { Phrase } from "../words/phrase.ts";
import { html, type Html } from "./escape.ts";

/** Renders a phrase, with its code and untrusted text marked as such. */
export function renderPhrase(phrase: Phrase): Html {
  return html`${phrase.map((part) => (typeof part === "string" ? html`${part}` : html`<code>${part.code}</code>`))}`;
}
