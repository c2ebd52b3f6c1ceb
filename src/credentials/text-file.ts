import { readFile, stat } from "node:fs/promises";

/** What kept a file from being read, in words that fit after its name; never anything of its content. */
export type FileProblem = { readonly problem: string };

/**
 * The text of a regular file of at most so many bytes, without a byte-order mark; undefined where there is none. Pipes and
 * devices are refused before they are opened, for they could block or never end.
 */
export async function readTextFile(path: string, maxBytes: number): Promise<string | FileProblem | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return { problem: "is not a file" };
    if (found.size > maxBytes) return { problem: `has ${found.size} bytes, more than ${maxBytes}` };
    return decode(await readFile(path));
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    return { problem: `cannot be read (${code})` };
  }
}

export function isFileProblem(value: string | FileProblem): value is FileProblem {
  return typeof value !== "string";
}

function decode(bytes: Uint8Array): string | FileProblem {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { problem: "is not UTF-8 text" };
  }
}

/** Node puts the system's code on the error, Deno its own name where a permission is missing. */
function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "unknown error";
  return "code" in thrown && typeof thrown.code === "string" ? thrown.code : thrown.name;
}
