// Bundles the command line into dist/, so that an installed package needs nothing else and starts fast.
import { rm } from "node:fs/promises";
import { rolldown } from "rolldown";

const root = new URL("..", import.meta.url).pathname;

await rm(`${root}dist`, { recursive: true, force: true });
const bundle = await rolldown({ input: `${root}src/cli/main.ts`, platform: "node", tsconfig: false, logLevel: "warn" });
const { output } = await bundle.write({
  dir: `${root}dist`,
  format: "esm",
  minify: "dce-only",
  entryFileNames: "[name].js",
  chunkFileNames: "[name].js",
});
await bundle.close();
const bytes = output.reduce((sum, part) => sum + (part.type === "chunk" ? part.code.length : part.source.length), 0);
process.stdout.write(`dist: ${output.length} files, ${Math.round(bytes / 1024)} KiB\n`);
