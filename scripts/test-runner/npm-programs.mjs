import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "./children.mjs";

const LIMIT_MINUTES = 10;

function folderOfNpmProgram(name, { version }) {
  return join(homedir(), ".cache", "imgsync-test", `${name}-${version}`);
}

export function isNpmProgramThere(name, program) {
  return existsSync(join(folderOfNpmProgram(name, program), program.file));
}

/**
 * Fetches a program that is too large for the development dependencies. npm's own settings determine the registry; no script of a package is
 * run. The folder appears only once it is complete.
 */
export async function fetchNpmProgram(name, program, say) {
  const target = folderOfNpmProgram(name, program);
  say(`fetching ${name} ${program.version} with npm into ${target}; the first time this takes a while`);
  mkdirSync(join(target, ".."), { recursive: true });
  const folder = mkdtempSync(`${target}.new-`);
  try {
    writeFileSync(join(folder, "package.json"), "{}\n");
    const flags = ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"];
    const words = ["install", "--prefix", folder, ...flags, `${name}@${program.version}`];
    const { code, output } = await run("npm", words, { cwd: folder, limitMinutes: LIMIT_MINUTES });
    if (code === 0) renameSync(folder, target);
    else say(`it cannot be had: ${output.split("\n").slice(-20).join("\n")}`);
  } catch (error) {
    // another test run may have been faster
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
