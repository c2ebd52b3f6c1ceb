import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";

const IMPORT = /(\bfrom\s*|\bimport\(\s*|\bimport\s+)"([^"]+)"/g;

/**
 * Writes the declarations of src/index.ts and everything they refer to into a folder; resolves to the number of files. The compiler emits
 * declarations for every source file, most of which are not public.
 */
export async function writeTypes({
  root,
  folder,
}: {
  readonly root: string;
  readonly folder: string;
}): Promise<number> {
  const emitted = await mkdtemp(join(tmpdir(), "imgsync-types-"));
  try {
    const config = join(root, "scripts", "tsconfig.types.json");
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    await promisify(execFile)(process.execPath, [compiler, "-p", config, "--outDir", emitted]);
    const needed = await readNeeded(join(emitted, "src", "index.d.ts"));
    for (const [file, text] of needed) {
      const target = join(folder, relative(join(emitted, "src"), file));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
    }
    return needed.size;
  } finally {
    await rm(emitted, { recursive: true, force: true });
  }
}

/** Returns the declarations reachable from a file, including itself, with the import extensions used in a package. */
async function readNeeded(start: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const open = [start];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    const text = await readFile(file, "utf8");
    const folder = dirname(file);
    const specifiers = [...text.matchAll(IMPORT)].map(([, , specifier = ""]) => specifier);
    const own = specifiers.filter((specifier) => specifier.startsWith("."));
    const foreign = specifiers.find((specifier) => !specifier.startsWith(".") && !specifier.startsWith("node:"));
    // an installed package has no other packages next to it
    if (foreign !== undefined) throw new Error(`the public types need those of "${foreign}": ${file}`);
    open.push(...own.map((specifier) => join(folder, specifier.replace(/\.ts$/, ".d.ts"))));
    found.set(
      file,
      text.replaceAll(IMPORT, (_, before, specifier) => `${before}"${specifier.replace(/\.ts$/, ".js")}"`),
    );
  }
  return found;
}
