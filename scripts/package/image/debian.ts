import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { sha256 } from "../files.ts";
import base from "./base.json" with { type: "json" };

export type Architecture = "amd64" | "arm64";

/** A package of Debian that Node.js needs, unpacked. */
export type DebianPackage = {
  readonly name: string;
  readonly version: string;
  readonly architecture: Architecture;
  readonly folder: string;
  /** Its control file, by which scanners know it. */
  readonly control: string;
};

export const DEBIAN = base.debian;

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const ARCHITECTURES: readonly Architecture[] = ["amd64", "arm64"];
const run = promisify(execFile);

/**
 * Returns the libraries that Node.js needs, from Debian, which no installed package of this machine influences. Needs apt, but installs
 * nothing.
 * @throws if Debian serves something else than base.json says, such as a newer version after a security update
 */
export async function debianPackages(architecture: Architecture): Promise<readonly DebianPackage[]> {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "imgsync-package");
  const folder = join(cache, `debian-${sha256(JSON.stringify(base)).slice(0, 12)}`);
  if (!existsSync(folder)) await fetchAll(cache, folder);
  return Promise.all(
    Object.entries(base.packages).map(async ([name, { version }]) => {
      const unpacked = join(folder, `${name}-${architecture}`);
      const control = await readFile(join(unpacked, "DEBIAN", "control"), "utf8");
      return { name, version, architecture, folder: unpacked, control };
    }),
  );
}

async function fetchAll(cache: string, folder: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const stage = await mkdtemp(`${folder}.new-`);
  try {
    const env = { ...process.env, APT_CONFIG: await configure(stage) };
    const apt = (...words: readonly string[]) => run("apt-get", words, { cwd: stage, env });
    await apt("update");
    const wanted = ARCHITECTURES.flatMap((architecture) =>
      Object.entries(base.packages).map(([name, { version }]) => `${name}:${architecture}=${version}`),
    );
    await apt("download", ...wanted).catch((error: unknown) => {
      const hint = `if Debian has a newer version, update scripts/package/image/base.json from "apt-cache show"`;
      throw new Error(`a package of Debian ${base.debian} cannot be downloaded; ${hint}`, { cause: error });
    });
    const files = await readdir(stage);
    await mkdir(join(stage, "all"));
    for (const [name, { sha256: sums }] of Object.entries(base.packages))
      for (const architecture of ARCHITECTURES) {
        const file = files.find((one) => one.startsWith(`${name}_`) && one.endsWith(`_${architecture}.deb`)) ?? "";
        const found = sha256(await readFile(join(stage, file)));
        if (found !== sums[architecture])
          throw new Error(`${file} has the checksum ${found}, and not ${sums[architecture]}`);
        await run("dpkg-deb", ["--raw-extract", join(stage, file), join(stage, "all", `${name}-${architecture}`)]);
      }
    await rename(join(stage, "all"), folder).catch((error: unknown) => {
      // another run may have been faster
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** Writes a configuration with which apt uses only its own lists and sources, and verifies their signatures. */
async function configure(stage: string): Promise<string> {
  const place = (name: string): string => JSON.stringify(join(stage, "apt", name));
  for (const name of ["state/lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d"])
    await mkdir(join(stage, "apt", name), { recursive: true });
  const options = `signed-by=${KEYRING} arch=${ARCHITECTURES.join(",")}`;
  const sources = [
    `deb [${options}] http://deb.debian.org/debian ${base.debian} main`,
    `deb [${options}] http://deb.debian.org/debian-security ${base.debian}-security main`,
  ];
  await writeFile(join(stage, "apt", "etc", "sources.list"), `${sources.join("\n")}\n`);
  await writeFile(join(stage, "apt", "status"), "");
  const lines = [
    `Dir::Etc ${place("etc")};`,
    `Dir::State ${place("state")};`,
    `Dir::State::status ${place("status")};`,
    `Dir::Cache ${place("cache")};`,
    `APT::Architecture "amd64";`,
    `APT::Architectures { ${ARCHITECTURES.map((name) => `"${name}";`).join(" ")} };`,
    // the content of a mirror may be older than its signed expiry date
    'Acquire::Check-Valid-Until "false";',
    'Acquire::Languages "none";',
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User "root";'] : []),
  ];
  const file = join(stage, "apt.conf");
  await writeFile(file, `${lines.join("\n")}\n`);
  return file;
}
