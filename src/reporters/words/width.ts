import stringWidth from "string-width";

/** Returns the number of terminal columns of a text, without its styling. */
export function displayWidth(text: string): number {
  return stringWidth(text);
}
