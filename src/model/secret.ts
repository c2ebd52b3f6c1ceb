import { inspect } from "node:util";
import { createHeldSecrets, MASK } from "./held-secrets.ts";

/**
 * A password or token. Whatever prints it (a template string, JSON, console, an error's cause) shows `***`; the one way to
 * the text is `reveal`, called where the secret is sent and nowhere else. Threat T30.
 */
export type Secret = { readonly reveal: () => string };

/**
 * The one piece of state that belongs to the process: a registry may repeat what any part of the program sent to it, and a place that was
 * handed no list of secrets would print it. As it is, a secret cannot be made or used without being held here.
 */
const held = createHeldSecrets();

export function secret(text: string): Secret {
  holdSecret(text);
  const masked = { toString: () => MASK, toJSON: () => MASK, [inspect.custom]: () => MASK };
  const reveal = (): string => {
    holdSecret(text);
    return text;
  };
  return { ...masked, reveal };
}

/** Masks a text from now on that is secret but is not kept as a {@link Secret}: a header made of one, an address with a token in it. */
export function holdSecret(text: string): void {
  held.hold(text);
}

/** For everything that leaves the program: `***` in the place of every secret held, in the forms in which it may be repeated. */
export function maskSecrets(text: string): string {
  return held.mask(text);
}

/** For what a registry or program says: also without secrets that are everyday words, which names may contain. */
export function maskEcho(text: string): string {
  return held.mask(text, { common: true });
}
