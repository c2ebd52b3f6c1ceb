// Bundles the command line and the library into dist/ of this folder or of the given one, so that an installed package has no dependencies
// and starts fast.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { startFaster } from "./build/start-faster.ts";
import { writeTypes } from "./build-types.ts";
import { bundledPackages, thirdPartyLicenses } from "./third-party-licenses.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(process.argv[2] ?? root, "dist");

await rm(dist, { recursive: true, force: true });
const bundle = await rolldown({
  input: { main: join(root, "src", "cli", "main.ts"), index: join(root, "src", "index.ts") },
  platform: "node",
  tsconfig: false,
  logLevel: "warn",
  plugins: [startFaster],
});
const { output } = await bundle.write({
  dir: dist,
  format: "esm",
  minify: "dce-only",
  entryFileNames: "[name].js",
  chunkFileNames: "[name].js",
});
await bundle.close();
const modules = output.flatMap((part) => (part.type === "chunk" ? part.moduleIds : []));
await writeFile(join(dist, "THIRD-PARTY-LICENSES.txt"), thirdPartyLicenses(await bundledPackages(modules)));
const bytes = output.reduce((sum, part) => sum + (part.type === "chunk" ? part.code.length : part.source.length), 0);
const types = await writeTypes({ root, folder: join(dist, "types") });
process.stdout.write(`dist: ${output.length} files, ${Math.round(bytes / 1024)} KiB, and types of ${types} files\n`);
