import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Command } from "../run/measure.ts";
import type { Job, Tool } from "./tool.ts";
import { PREFIX } from "./tool.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** The package on one runtime. */
export type Runtime = Pick<Tool, "name" | "version"> & { readonly command: (args: readonly string[]) => Command };

export type BuiltPackage = {
  readonly runtimes: readonly Runtime[];
  readonly tools: readonly Tool[];
  readonly remove: () => Promise<void>;
};

/** Builds the package as users install it, for Node.js and Deno of this checkout. */
export async function buildImgsync(): Promise<BuiltPackage> {
  const folder = await mkdtemp(join(tmpdir(), "imgsync-bench-package-"));
  await run(process.execPath, [join(root, "scripts", "build.ts"), folder]);
  for (const name of ["bin", "package.json"]) await cp(join(root, name), join(folder, name), { recursive: true });
  const program = join(folder, "bin", "imgsync.js");
  const runtimes = [
    { name: "imgsync-node", file: join(root, "node_modules", "node", "bin", "node"), before: [] },
    { name: "imgsync-deno", file: denoProgram(), before: ["run", "--no-prompt", "-A"] },
  ].map(({ name, file, before }): Runtime => ({
    name,
    version: async () => (await run(file, ["--version"])).stdout.split("\n")[0] ?? "",
    command: (args) => ({ file, args: [...before, program, ...args] }),
  }));
  const tools = runtimes.map(({ name, version, command }): Tool => ({
    name,
    version,
    prepare: async (job) => {
      const manifest = join(job.folder, "images.yaml");
      await writeFile(manifest, manifestOf(job));
      return command(["apply", "--yes", "-q", "-f", manifest]);
    },
  }));
  return { runtimes, tools, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** An images.yaml with one entry for each repository. */
export function manifestOf({ source, target, set }: Pick<Job, "source" | "target" | "set">): string {
  const entries = set.repositories.map(
    ({ name, tags }) =>
      `  - { source: ${source}/${name}, target: ${target}/${PREFIX}${name}, tags: [${[...tags.keys()].join(", ")}] }\n`,
  );
  const hosts = `registries: { ${source}: { plainHttp: true }, ${target}: { plainHttp: true } }\n`;
  return `version: 1\n${hosts}images:\n${entries.join("")}`;
}

/** The program itself: node_modules/.bin/deno is a script that starts it. */
function denoProgram(): string {
  const { arch, platform } = process;
  const libc = platform === "linux" ? "-glibc" : "";
  const require = createRequire(createRequire(import.meta.url).resolve("deno/package.json"));
  return join(dirname(require.resolve(`@deno/${platform}-${arch}${libc}/package.json`)), "deno");
}
