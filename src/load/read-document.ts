import { type FileHandle, open } from "node:fs/promises";
import { decodeText } from "../files/decode-text.ts";
import { readAtMost, reasonOf } from "../files/read-text-file.ts";
import { formatLimit } from "../model/size.ts";
import { type ErrorCode, ImgsyncError } from "../model/error.ts";

/** The most bytes of a document that is read, from a file or a registry. */
export const MAX_DOCUMENT_BYTES = 256 * 1024 * 1024;

/** A kind of document, for errors. `what`: `the plan`. */
export type DocumentKind = { readonly code: ErrorCode; readonly what: string; readonly hint: string };

/** @throws ImgsyncError with the code of the kind if the file cannot be read, is too large or is not text */
export async function readDocument(file: string, kind: DocumentKind): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const bytes = await readBytes(handle);
      if (bytes === undefined) throw problem(kind, `"${file}" is larger than ${formatLimit(MAX_DOCUMENT_BYTES)}`);
      return decodeDocument(bytes, file, kind);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof ImgsyncError) throw cause;
    throw problem(kind, `${kind.what} "${file}" ${reasonOf(cause)}`, cause);
  }
}

/** Undefined: more than the limit. */
async function readBytes(handle: FileHandle): Promise<Uint8Array | undefined> {
  const { size } = await handle.stat();
  if (size > MAX_DOCUMENT_BYTES) return undefined;
  // the size of a pipe or device is unknown; a file is read without a second copy
  return size === 0 ? readAtMost(handle, MAX_DOCUMENT_BYTES) : handle.readFile();
}

/** @throws ImgsyncError with the code of the kind if the bytes are not text */
export function decodeDocument(bytes: Uint8Array, name: string, kind: DocumentKind): string {
  const decoded = decodeText(bytes);
  if ("problem" in decoded) throw problem(kind, `"${name}" ${decoded.problem}`);
  return decoded.text;
}

/** @throws ImgsyncError with the code of the kind if the text is not JSON */
export function parseDocument(text: string, name: string, kind: DocumentKind): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw problem(kind, `"${name}" is not JSON`, cause);
  }
}

function problem({ code, hint }: DocumentKind, message: string, cause?: unknown): ImgsyncError {
  return new ImgsyncError({ code, message, hint }, { cause });
}
