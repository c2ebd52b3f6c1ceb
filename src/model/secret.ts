import { inspect } from "node:util";

/**
 * A password or token. Whatever prints it (a template string, JSON, console, an error's cause) shows `***`; the one way to
 * the text is `reveal`, called where the secret is sent and nowhere else. Threat T30.
 */
export type Secret = { readonly reveal: () => string };

const MASK = "***";

export function secret(text: string): Secret {
  const masked = { toString: () => MASK, toJSON: () => MASK, [inspect.custom]: () => MASK };
  return { ...masked, reveal: () => text };
}
