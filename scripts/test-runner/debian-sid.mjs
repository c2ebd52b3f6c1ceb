import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { run } from "./children.mjs";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const LIMIT_MINUTES = 5;

/** Where packages of Debian's development branch lie unpacked; another set of them lies elsewhere. */
export function folderOfSid({ packages }) {
  const set = createHash("sha256").update(packages.join(" ")).digest("hex").slice(0, 12);
  return join(homedir(), ".cache", "imgsync-test", `debian-sid-${set}`);
}

/**
 * Fetches them beside the machine's own, which stay as they are: apt with lists and sources of its own, whose signatures it
 * checks, and no installation. Only programs that need no newer libc than the machine has run so, and those that are here do.
 * The folder appears when everything is in it, so that a half of it is never used.
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
    // another test run may have been first
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
    // what a mirror has may be older than the date that it was signed for
    'Acquire::Check-Valid-Until "false";',
    'Acquire::Languages "none";',
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User "root";'] : []),
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}
