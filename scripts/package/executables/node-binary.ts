import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import table from "../node-binaries.json" with { type: "json" };

export type Platform = keyof typeof table.platforms;

/** Of Node.js: the same for all platforms, which its own tool for executables requires. */
export const NODE_VERSION = table.version;

// the keys of our own table
export const PLATFORMS = Object.keys(table.platforms) as readonly Platform[];

/** An unpacked Node.js for one platform. */
export type NodeBinary = { readonly program: string; readonly license: string };

const run = promisify(execFile);

/**
 * Returns the Node.js of a platform, from npm, in a folder that later runs use again.
 * @throws if what npm serves is not what node-binaries.json says
 */
export async function nodeBinary(platform: Platform): Promise<NodeBinary> {
  const { package: name, file, integrity } = table.platforms[platform];
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "imgsync-package");
  // the name has the checksum: other content is never taken for this one
  const folder = join(cache, `${name}-${table.version}-${integrity.slice(7, 17).replaceAll(/\W/g, "_")}`);
  if (!existsSync(folder)) await unpack(cache, folder, { spec: `${name}@${table.version}`, integrity });
  return { program: join(folder, ...file.split("/")), license: join(folder, "LICENSE") };
}

async function unpack(
  cache: string,
  folder: string,
  { spec, integrity }: { readonly spec: string; readonly integrity: string },
): Promise<void> {
  await mkdir(cache, { recursive: true });
  const stage = await mkdtemp(`${folder}.new-`);
  try {
    await run("npm", ["pack", spec, "--pack-destination", stage, "--ignore-scripts", "--loglevel=error"]);
    const tarball = join(stage, (await readdir(stage)).find((name) => name.endsWith(".tgz")) ?? "");
    const found = `sha512-${createHash("sha512")
      .update(await readFile(tarball))
      .digest("base64")}`;
    if (found !== integrity) throw new Error(`${spec} has the checksum ${found}, and not ${integrity}`);
    await run("tar", ["-xzf", tarball, "-C", stage, "--exclude=package/include"]);
    await rename(join(stage, "package"), folder).catch((error: unknown) => {
      // another run may have been faster
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}
