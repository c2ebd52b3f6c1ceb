import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzip } from "../archive/gzip.ts";
import { type Entry, tar, within } from "../archive/tar.ts";
import type { Bundle } from "../bundle.ts";
import { completions } from "../completions.ts";
import { manPages } from "../man-pages.ts";
import type { Release } from "../release.ts";
import type { Executable } from "./build.ts";
import { nodeBinary, NODE_VERSION } from "./node-binary.ts";

/** The licences of imgsync and of everything in an executable. */
export async function licenseEntries({ root }: Release, { licenses }: Bundle): Promise<readonly Entry[]> {
  return [
    { path: "LICENSE", content: await readFile(join(root, "LICENSE"), "utf8") },
    { path: "THIRD-PARTY-LICENSES.txt", content: `${licenses}\n${await licenseOfNode()}` },
  ];
}

/** What every archive has beside its executable. */
export async function commonEntries(release: Release, bundle: Bundle): Promise<readonly Entry[]> {
  const { root } = release;
  const read = (...path: readonly string[]): Promise<string> => readFile(join(root, ...path), "utf8");
  const folder = (name: string, files: ReadonlyMap<string, string>): readonly Entry[] =>
    [...files].map(([file, content]) => ({ path: `${name}/${file}`, content }));
  const schemas = (await readdir(join(root, "schemas"))).filter((name) => name.endsWith(".json"));
  return [
    ...(await licenseEntries(release, bundle)),
    { path: "CHANGELOG.md", content: await read("CHANGELOG.md") },
    ...folder("completions", await completions(root)),
    ...folder("man/man1", await manPages(release)),
    ...(await Promise.all(
      schemas.map(async (name) => ({ path: `schemas/${name}`, content: await read("schemas", name) })),
    )),
  ];
}

/** The licence of Node.js and of the libraries in it. The package for Windows lacks it, so it is always that for Linux. */
async function licenseOfNode(): Promise<string> {
  const { license } = await nodeBinary("linux-x64");
  const line = "=".repeat(80);
  return `${line}\nNode.js ${NODE_VERSION}\n${line}\n\n${await readFile(license, "utf8")}`;
}

/** The name of an archive, which is also that of the folder in it. */
export function archiveName({ name, version }: Release, platform: string): string {
  return `${name}-${version}-${platform}`;
}

export function archive(release: Release, executable: Executable, common: readonly Entry[]): Promise<Uint8Array> {
  const folder = archiveName(release, executable.platform);
  const program: Entry = { path: executable.name, content: executable.bytes, mode: 0o755 };
  return gzip(tar(within(folder, [program, ...common]), release.time));
}
