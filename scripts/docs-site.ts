import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "vitepress";
import { stagePages } from "./docs-site/stage.ts";

/**
 * Builds the site from README.md and docs/: npm run docs:site [-- FOLDER [BASE]]. FOLDER is .cache/site by default. BASE is the path of the
 * site at its host, such as /imgsync/.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const [outDir = join(root, ".cache", "site"), base = "/"] = process.argv.slice(2);
const { repository } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));

await mkdir(join(root, ".cache"), { recursive: true });
const folder = await mkdtemp(join(root, ".cache", "site-pages-"));
process.env["IMGSYNC_SITE_ROOT"] = root;
try {
  const pages = await stagePages(root, folder, String(repository.url).replaceAll(/^git\+|\.git$/g, ""));
  await mkdir(join(folder, ".vitepress"));
  const config = join(root, "scripts", "docs-site", "config.ts");
  await writeFile(join(folder, ".vitepress", "config.ts"), `export { default } from ${JSON.stringify(config)};\n`);
  // the one above is for newer compilers than the generator's
  await writeFile(join(folder, "tsconfig.json"), "{}\n");
  await build(folder, { outDir, base });
  process.stdout.write(`${outDir}: ${pages.length} pages\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
