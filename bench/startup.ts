// npm run bench:startup [-- ROUNDS]: measures how much longer the built package takes to start, and to validate 100 images, than an empty
// program. The best of all rounds counts, because it was disturbed the least.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [rounds = 30] = process.argv.slice(2).map(Number);
/** How much longer `imgsync --version` may take than an empty Node.js program. */
const BUDGET_MS = 40;
const IMAGES = 100;
const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name: string): string => join(root, "node_modules", ".bin", name);
const folder = await mkdtemp(join(tmpdir(), "imgsync-startup-"));
const program = join(folder, "bin", "imgsync.js");

async function run(command: string, ...args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { cwd: folder, stdio: "ignore" });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${String(code)}`);
}

/** Returns a manifest of 100 images with two tags each. */
function manifest(): string {
  const entries = Array.from(
    { length: IMAGES },
    (_, at) =>
      `  - source: docker.io/library/app${at}\n    target: registry.example.com/mirror/app${at}\n    tags: [1.${at}.0, latest]\n`,
  );
  return `version: 1\nimages:\n${entries.join("")}`;
}

const CASES = {
  "node -e 0": () => run(process.execPath, "-e", "0"),
  "imgsync --version": () => run(process.execPath, program, "--version"),
  "imgsync --help": () => run(process.execPath, program, "--help"),
  "imgsync plan --help": () => run(process.execPath, program, "plan", "--help"),
  "imgsync validate": () => run(process.execPath, program, "validate"),
  "imgsync --version (Deno)": () => run(bin("deno"), "run", "-A", program, "--version"),
  "imgsync validate (Deno)": () => run(bin("deno"), "run", "-A", program, "validate"),
};

try {
  await run(process.execPath, join(root, "scripts", "build.ts"), folder);
  for (const name of ["bin", "package.json"]) await cp(join(root, name), join(folder, name), { recursive: true });
  await writeFile(join(folder, "images.yaml"), manifest());
  const best = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, start] of Object.entries(CASES)) {
      const begin = performance.now();
      await start();
      best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, performance.now() - begin));
    }
  }
  const empty = best.get("node -e 0") ?? 0;
  for (const [name, milliseconds] of best)
    process.stdout.write(
      `${name.padEnd(26)}${milliseconds.toFixed(0).padStart(5)} ms  +${(milliseconds - empty).toFixed(0)} ms\n`,
    );
  const extra = (best.get("imgsync --version") ?? 0) - empty;
  process.stdout.write(`imgsync --version: ${extra.toFixed(0)} ms of at most ${BUDGET_MS} ms\n`);
  if (extra > BUDGET_MS) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
