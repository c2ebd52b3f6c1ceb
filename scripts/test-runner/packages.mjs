import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { run } from "./children.mjs";

const FOLDER = "test/packages/";
const LIMIT_MINUTES = 15;
/** Everything that the packages are made from. */
const SOURCES = [
  "bin",
  "charts",
  "schemas",
  "scripts",
  "src",
  "package.json",
  "package-lock.json",
  "LICENSE",
  "README.md",
  "CHANGELOG.md",
];
/** So that a new commit with the same content needs no new packages: 2026-01-01. */
const TIME = "1767225600";

/**
 * Builds the packages that test/packages installs and runs, once for all runtimes and for as long as their sources stay the same. Resolves
 * to false only if CI should fail because they could not be built.
 */
export async function preparePackages(root, files, say) {
  if (!files.some((file) => file.replaceAll("\\", "/").startsWith(FOLDER))) return true;
  const cache = join(homedir(), ".cache", "imgsync-test");
  const folder = join(cache, `packages-${hashOf(root)}`);
  if (!existsSync(folder)) {
    say("building the packages");
    mkdirSync(cache, { recursive: true });
    const stage = `${folder}.new-${process.pid}`;
    const node = join(root, "node_modules", ".bin", "node");
    const words = [join(root, "scripts", "package.ts"), stage];
    const { code, output } = await run(node, words, {
      cwd: root,
      env: { SOURCE_DATE_EPOCH: TIME },
      limitMinutes: LIMIT_MINUTES,
    });
    if (code !== 0) {
      rmSync(stage, { recursive: true, force: true });
      say(`the packages cannot be built, so their tests will be skipped:\n${output.split("\n").slice(-20).join("\n")}`);
      return process.env.CI !== "true";
    }
    removeOthers(cache, stage);
    if (!existsSync(folder)) renameSync(stage, folder);
  }
  process.env.IMGSYNC_TEST_PACKAGES = folder;
  return true;
}

/** Each build has some 400 MB, and only the last one is of use. */
function removeOthers(cache, stage) {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (name.startsWith("packages-") && path !== stage) rmSync(path, { recursive: true, force: true });
  }
}

function hashOf(root) {
  const hash = createHash("sha256").update(TIME);
  for (const source of SOURCES) addTo(hash, root, source);
  return hash.digest("hex").slice(0, 12);
}

function addTo(hash, root, path) {
  const full = join(root, path);
  if (!existsSync(full)) return;
  if (statSync(full).isDirectory()) {
    for (const name of readdirSync(full).sort()) addTo(hash, root, `${path}/${name}`);
  } else hash.update(`${path}\0`).update(readFileSync(full));
}
