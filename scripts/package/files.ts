import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";

/** Writes files into a folder, which is created. */
export async function writeFiles(folder: string, files: ReadonlyMap<string, string | Uint8Array>): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all([...files].map(([name, content]) => writeFile(join(folder, name), content)));
}

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Returns the paths of all files below a folder, relative to it and sorted, with slashes. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll("\\", "/")).toSorted();
}

/** Returns the checksums of all files below a folder, in the format of sha256sum. */
export async function checksums(folder: string): Promise<string> {
  const lines: string[] = [];
  for (const path of await filesBelow(folder)) lines.push(`${sha256(await readFile(join(folder, path)))}  ${path}\n`);
  return lines.join("");
}
