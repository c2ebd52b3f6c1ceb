import stringWidth from "string-width";

const ASCII = /^[\u0020-\u007E]*$/;

/** Returns the number of terminal columns of a text, without its styling. */
export function displayWidth(text: string): number {
  // the package loads string-width at its first use (scripts/build/start-faster.ts)
  return ASCII.test(text) ? text.length : stringWidth(text);
}
