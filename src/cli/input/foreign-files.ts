import { readTextFile } from "../../files/read-text-file.ts";
import { decodeText } from "../../files/decode-text.ts";
import type { WrittenFile } from "../../foreign/import-files.ts";
import { PARSE_LIMITS } from "../../manifest/parse/parse-limits.ts";
import { ImgsyncError } from "../../model/error.ts";
import { formatLimit } from "../../model/size.ts";

/**
 * Reads files of other tools. `-` is the standard input.
 * @throws ImgsyncError MANIFEST_UNREADABLE
 */
export async function readForeignFiles(names: readonly string[]): Promise<readonly WrittenFile[]> {
  const files: WrittenFile[] = [];
  let bytesLeft: number = PARSE_LIMITS.bytes;
  for (const name of names) {
    const read = name === "-" ? await readInput(bytesLeft) : await readTextFile(name, bytesLeft);
    const file = name === "-" ? "standard input" : name;
    if ("problem" in read) {
      throw new ImgsyncError({
        code: "MANIFEST_UNREADABLE",
        message: `"${file}" ${read.problem}`,
        hint: "name the file to import, or - for the standard input",
      });
    }
    bytesLeft -= read.bytes;
    files.push({ file, text: read.text });
  }
  return files;
}

async function readInput(
  limit: number,
): Promise<{ readonly text: string; readonly bytes: number } | { readonly problem: string }> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of process.stdin) {
    const chunk = Buffer.from(part);
    bytes += chunk.byteLength;
    if (bytes > limit) return { problem: `is larger than ${formatLimit(PARSE_LIMITS.bytes)}` };
    parts.push(chunk);
  }
  const decoded = decodeText(Buffer.concat(parts));
  return "problem" in decoded ? decoded : { ...decoded, bytes };
}
