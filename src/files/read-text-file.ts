import { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { defined } from "../model/defined.ts";
import { decodeText } from "./decode-text.ts";
import { formatLimit } from "../model/size.ts";

/** Why a file was not read, worded to follow its name. Contains nothing of its content. */
export type FileProblem = { readonly problem: string; readonly isMissing?: true };

/** The text of a file without a byte-order mark, or why it was not read. */
export type FileText = { readonly text: string; readonly bytes: number } | FileProblem;

/**
 * Reads a regular text file of at most `limit` bytes, in UTF-8 or in UTF-16 with a byte-order mark. Other files, such as a pipe or an
 * endless device, are refused before they are opened.
 */
export async function readTextFile(path: string, limit: number): Promise<FileText> {
  let handle: FileHandle | undefined;
  try {
    const found = await stat(path);
    if (!found.isFile()) return { problem: found.isDirectory() ? "is a folder" : "is not a plain file" };
    if (found.size > limit) return { problem: tooLarge(limit) };
    // non-blocking, in case the file was replaced by a pipe in the meantime
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const bytes = await readAtMost(handle, limit);
    if (bytes === undefined) return { problem: tooLarge(limit) };
    const decoded = decodeText(bytes);
    return "problem" in decoded ? decoded : { ...decoded, bytes: bytes.byteLength };
  } catch (cause) {
    return { problem: reasonOf(cause), ...defined({ isMissing: isMissing(cause) ? true : undefined }) };
  } finally {
    await handle?.close();
  }
}

/** Reads to the end of a file, pipe or device. Undefined: it has more bytes than the limit. */
export async function readAtMost(handle: FileHandle, limit: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size <= limit) {
    const chunk = new Uint8Array(Math.min(1024 * 1024, limit + 1 - size));
    const { bytesRead } = await handle.read(chunk, 0, chunk.byteLength, null);
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, bytesRead));
    size += bytesRead;
  }
  return undefined;
}

function tooLarge(limit: number): string {
  return `is larger than ${formatLimit(limit)}`;
}

/** Reports whether the error means that the file does not exist. */
export function isMissing(cause: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(codeOf(cause));
}

/** Describes an error of the operating system, whose own message contains the absolute path. */
export function reasonOf(cause: unknown): string {
  const code = codeOf(cause);
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "does not exist",
    ENOTDIR: "does not exist",
    EISDIR: "is a folder",
    EACCES: "cannot be read: permission denied",
    EPERM: "cannot be read: permission denied",
    ELOOP: "is a link to itself",
    ENAMETOOLONG: "has too long a name",
  };
  return reasons[code] ?? `cannot be read${code === "" ? "" : ` (${code})`}`;
}

/** Node sets the system's code on the error. For a missing permission, Deno only sets the error's name. */
function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "";
  return "code" in thrown && typeof thrown.code === "string" ? thrown.code : thrown.name;
}
