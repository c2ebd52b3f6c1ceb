import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const FILE = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));

/** The generated parts of the page. */
export type Part = "bench" | "curves";

/**
 * Replaces a generated part of docs/performance.md.
 * @throws Error if the page has no place for it
 */
export async function writeDocs(part: Part, markdown: string): Promise<void> {
  const [begin, end] = [`<!-- ${part}: begin -->`, `<!-- ${part}: end -->`];
  const page = await readFile(FILE, "utf8");
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${FILE} has no ${begin} and ${end}`);
  await writeFile(FILE, `${before}${begin}\n\n${markdown.trim()}\n\n${end}${after}`);
}
