// Builds the packages of a release into release/ or a given folder: npm run package [-- [--only PART,…] [--platforms NAME,…] [FOLDER]]
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PLATFORMS } from "./package/executables/node-binary.ts";
import { checksums } from "./package/files.ts";
import { PARTS, type Part, writeParts } from "./package/parts.ts";
import { readRelease } from "./package/release.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

const { values, positionals } = parseArgs({
  options: { only: { type: "string" }, platforms: { type: "string" } },
  allowPositionals: true,
});
const folder = resolve(positionals[0] ?? join(root, "release"));
const release = await readRelease(root);
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
await writeParts(release, {
  folder,
  parts: chosen("--only", values.only, Object.keys(PARTS) as readonly Part[]),
  platforms: chosen("--platforms", values.platforms, PLATFORMS),
});
await writeFile(join(folder, "SHA256SUMS"), await checksums(folder));
process.stdout.write(`${release.name} ${release.version}: ${folder}\n`);

/** Returns the named ones, or all if none are named. */
function chosen<T extends string>(flag: string, text: string | undefined, known: readonly T[]): readonly T[] {
  if (text === undefined) return known;
  return text.split(",").map((name) => {
    const found = known.find((one) => one === name);
    if (found === undefined) throw new Error(`${flag}: "${name}" is not one of ${known.join(", ")}`);
    return found;
  });
}
