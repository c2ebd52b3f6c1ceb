import { Buffer } from "node:buffer";

/** Encodes a text as Windows PowerShell's `>` does: UTF-16 with a byte-order mark. */
export function utf16le(text: string): Uint8Array {
  return Buffer.from(`\uFEFF${text}`, "utf16le");
}

export function utf16be(text: string): Uint8Array {
  return Buffer.from(`\uFEFF${text}`, "utf16le").swap16();
}
