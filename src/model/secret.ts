import { inspect } from "node:util";
import { createHeldSecrets, MASK } from "./held-secrets.ts";

/**
 * A password or token. Printing it in any way (a template string, JSON, console, an error's cause) shows `***`. Only `reveal` returns the
 * text, and is called only where the secret is sent. Threat T30.
 */
export type Secret = { readonly reveal: () => string };

/**
 * The only process-wide state. A registry may repeat a secret that any part of the program sent to it, and code without a list of secrets
 * would print it. Creating or using a secret always registers it here.
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

/** Masks a text from now on that is not a {@link Secret} itself, such as a header made of one or a URL with a token. */
export function holdSecret(text: string): void {
  held.hold(text);
}

/** For all output of the program: replaces the known forms of every held secret by `***`. */
export function maskSecrets(text: string): string {
  return held.mask(text);
}

/** For text from a registry or program: also masks secrets that are everyday words, which our own names may contain. */
export function maskEcho(text: string): string {
  return held.mask(text, { common: true });
}
