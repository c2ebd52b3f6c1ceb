/** The text without its byte-order mark, or why the bytes are not text, worded to follow the name of a file. */
export type Decoded = { readonly text: string } | { readonly problem: string };

const NOT_TEXT = "is not UTF-8 text";
const SAVE_AGAIN = "save it as UTF-8";

/**
 * Decodes UTF-8, and UTF-16 with a byte-order mark, which `>` writes in Windows PowerShell. Other encodings cannot be recognised with
 * certainty, so they are problems. A problem contains nothing of the text.
 */
export function decodeText(bytes: Uint8Array): Decoded {
  const [first, second, third, fourth] = bytes;
  if (first === 0xff && second === 0xfe) {
    if (third === 0 && fourth === 0) return { problem: `is UTF-32 text: ${SAVE_AGAIN}` };
    return decode(bytes, "utf-16le", `has a byte-order mark of UTF-16, but is not UTF-16 text: ${SAVE_AGAIN}`);
  }
  if (first === 0xfe && second === 0xff) {
    return decode(bytes, "utf-16be", `has a byte-order mark of UTF-16, but is not UTF-16 text: ${SAVE_AGAIN}`);
  }
  // an ASCII character with a zero byte, which is valid UTF-8
  if (second !== undefined && (first === 0) !== (second === 0)) {
    return { problem: `looks like UTF-16 text without a byte-order mark: ${SAVE_AGAIN}` };
  }
  return decode(bytes, "utf-8", NOT_TEXT);
}

function decode(bytes: Uint8Array, encoding: string, problem: string): Decoded {
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes) };
  } catch {
    return { problem };
  }
}
