import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const FILE = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));
const BEGIN = "<!-- bench: begin -->";
const END = "<!-- bench: end -->";

/**
 * Replaces the generated part of docs/performance.md.
 * @throws Error if the page has no place for it
 */
export async function writeDocs(markdown: string): Promise<void> {
  const page = await readFile(FILE, "utf8");
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${FILE} has no ${BEGIN} and ${END}`);
  await writeFile(FILE, `${before}${BEGIN}\n\n${markdown.trim()}\n\n${END}${after}`);
}
