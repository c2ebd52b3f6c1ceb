import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { writeFiles } from "./files.ts";
import { manPages } from "./man-pages.ts";
import type { Release } from "./release.ts";

const run = promisify(execFile);
const COPIED = ["README.md", "LICENSE", "CHANGELOG.md", "bin", "schemas"];
/** What only a checkout needs. */
const OWN_FIELDS: ReadonlySet<string> = new Set(["scripts", "devDependencies", "allowScripts"]);
const QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

/** Builds the npm package with npm itself, which gives files a fixed time; returns the name of the tarball in `folder`. */
export async function writeNpmPackage(release: Release, folder: string): Promise<string> {
  const stage = await mkdtemp(join(tmpdir(), "imgsync-npm-"));
  try {
    for (const name of COPIED) await cp(join(release.root, name), join(stage, name), { recursive: true });
    const pages = await manPages(release);
    await writeFiles(join(stage, "man"), pages);
    await writeFile(join(stage, "package.json"), await published(release.root, [...pages.keys()]));
    await run(process.execPath, [join(release.root, "scripts", "build.ts"), stage]);
    await mkdir(folder, { recursive: true });
    await run("npm", ["pack", stage, "--pack-destination", folder, "--offline", ...QUIET]);
    return `${release.name}-${release.version}.tgz`;
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** package.json as it is published: npm installs the man pages that it names. */
async function published(root: string, pages: readonly string[]): Promise<string> {
  const own = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { readonly files: readonly string[] };
  const kept = Object.entries(own).filter(([name]) => !OWN_FIELDS.has(name));
  const fields = {
    ...Object.fromEntries(kept),
    files: [...own.files, "man"],
    man: pages.map((name) => `./man/${name}`),
  };
  return `${JSON.stringify(fields, undefined, 2)}\n`;
}
