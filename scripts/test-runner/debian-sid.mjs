import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { run } from "./children.mjs";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const LIMIT_MINUTES = 5;

/** Returns the folder for unpacked packages of Debian's development branch. Each set of packages has its own folder. */
export function folderOfSid({ packages }) {
  const set = createHash("sha256").update(packages.join(" ")).digest("hex").slice(0, 12);
  return join(homedir(), ".cache", "imgsync-test", `debian-sid-${set}`);
}

/**
 * Downloads and unpacks the packages without installing them: apt uses its own lists and sources, and verifies their signatures. Only
 * programs that run with the libc of this machine work, which includes the ones needed here. The folder appears only once it is complete,
 * so that a partial one is never used.
 */
export async function unpackSid({ packages, programs, debian }, say) {
  const target = folderOfSid({ packages });
  if (existsSync(target) || !existsSync(KEYRING)) return;
  say(`fetching ${packages.join(", ")} of Debian ${debian} into ${target}; nothing is installed`);
  mkdirSync(join(target, ".."), { recursive: true });
  const folder = mkdtempSync(`${target}.new-`);
  try {
    const problem = await unpack(folder, { packages, programs, debian });
    if (problem === undefined) renameSync(join(folder, "root"), target);
    else say(`they cannot be had: ${problem}`);
  } catch (error) {
    // another test run may have been faster
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function unpack(folder, { packages, programs, debian }) {
  const steps = (program, words) =>
    run(program, words, { cwd: folder, env: { APT_CONFIG: configure(folder, debian) }, limitMinutes: LIMIT_MINUTES });
  for (const words of [["update"], ["download", ...packages]]) {
    const { code, output } = await steps("apt-get", words);
    if (code !== 0) return output.split("\n").slice(-20).join("\n");
  }
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".deb"))) {
    const { code, output } = await steps("dpkg-deb", ["--extract", file, "root"]);
    if (code !== 0) return output;
  }
  for (const path of Object.values(programs)) {
    const { code, output } = await run(join(folder, "root", path), ["--version"]);
    if (code === 127 || /GLIBC|error while loading/.test(output)) return `${path} does not run here: ${output}`;
  }
  return undefined;
}

function configure(folder, debian) {
  const place = (name) => JSON.stringify(join(folder, "apt", name));
  const file = join(folder, "apt.conf");
  if (existsSync(file)) return file;
  for (const name of ["state/lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d"]) {
    mkdirSync(join(folder, "apt", name), { recursive: true });
  }
  const source = `deb [signed-by=${KEYRING}] http://deb.debian.org/debian ${debian} main\n`;
  writeFileSync(join(folder, "apt", "etc", "sources.list"), source);
  writeFileSync(join(folder, "apt", "status"), "");
  const lines = [
    `Dir::Etc ${place("etc")};`,
    `Dir::State ${place("state")};`,
    `Dir::State::status ${place("status")};`,
    `Dir::Cache ${place("cache")};`,
    // the content of a mirror may be older than its signed expiry date
    'Acquire::Check-Valid-Until "false";',
    'Acquire::Languages "none";',
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User "root";'] : []),
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}
