import { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";

/** What kept a file from being read, in words that fit after its name; never anything of its content. */
export type FileProblem = { readonly problem: string; readonly isMissing?: true };

/** The text of a file, without a byte-order mark, or why it cannot be had. */
export type FileText = { readonly text: string; readonly bytes: number } | FileProblem;

const MEGABYTE = 1024 * 1024;

/**
 * Reads a plain file of UTF-8 text with at most `limit` bytes. Anything else, such as a pipe or a device that never ends,
 * is refused before it is opened.
 */
export async function readTextFile(path: string, limit: number): Promise<FileText> {
  let handle: FileHandle | undefined;
  try {
    const found = await stat(path);
    if (!found.isFile()) return { problem: found.isDirectory() ? "is a folder" : "is not a plain file" };
    if (found.size > limit) return { problem: tooLarge(limit) };
    // a file that was swapped for a pipe in the meantime must not make us wait
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const bytes = await readAtMost(handle, limit);
    return bytes === undefined ? { problem: tooLarge(limit) } : decode(bytes);
  } catch (cause) {
    return { problem: reasonOf(cause), ...(isMissing(cause) ? { isMissing: true } : {}) };
  } finally {
    await handle?.close();
  }
}

async function readAtMost(handle: FileHandle, limit: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size <= limit) {
    const chunk = new Uint8Array(Math.min(MEGABYTE, limit + 1 - size));
    const { bytesRead } = await handle.read(chunk, 0, chunk.byteLength, null);
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, bytesRead));
    size += bytesRead;
  }
  return undefined;
}

function decode(bytes: Uint8Array): FileText {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), bytes: bytes.byteLength };
  } catch {
    return { problem: "is not UTF-8 text" };
  }
}

function tooLarge(limit: number): string {
  return `is larger than ${limit < MEGABYTE ? `${Math.floor(limit / 1024)} KB` : `${Math.floor(limit / MEGABYTE)} MB`}`;
}

/** Whether the system says that there is no such file. */
export function isMissing(cause: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(codeOf(cause));
}

/** What the operating system says, in words; its own message would repeat the absolute path. */
export function reasonOf(cause: unknown): string {
  const code = codeOf(cause);
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "does not exist",
    ENOTDIR: "does not exist",
    EACCES: "cannot be read: permission denied",
    EPERM: "cannot be read: permission denied",
    ELOOP: "is a link to itself",
    ENAMETOOLONG: "has too long a name",
  };
  return reasons[code] ?? `cannot be read${code === "" ? "" : ` (${code})`}`;
}

/** Node puts the system's code on the error, Deno its own name where a permission is missing. */
function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "";
  return "code" in thrown && typeof thrown.code === "string" ? thrown.code : thrown.name;
}
