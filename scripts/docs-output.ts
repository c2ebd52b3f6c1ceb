import { writeFile } from "node:fs/promises";
import { fillBlocks } from "./docs-output/blocks.ts";
import { playAll, readPages } from "./docs-output/pages.ts";

/**
 * Fills the blocks marked `<!-- output: NAME -->` in README.md and docs/ with the output of the real command line. With --check it writes
 * nothing, and exits with 1 if a page is not current.
 */
const texts = await playAll();
const pages = (await readPages()).map(({ path, text }) => ({ path, text, filled: fillBlocks(text, texts) }));
const outdated = pages.filter(({ text, filled }) => text !== filled);
if (process.argv.includes("--check")) {
  for (const { path } of outdated) process.stderr.write(`${path} is not current\n`);
  if (outdated.length > 0) process.stderr.write("run: npm run docs:output\n");
  process.exitCode = outdated.length > 0 ? 1 : 0;
} else {
  await Promise.all(outdated.map(({ path, filled }) => writeFile(path, filled)));
}
