import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "./children.mjs";

const LIMIT_MINUTES = 5;

/** Returns the folder for the unpacked JSON schemas of a Python package. */
export function folderOfSchemas({ package: name, version }) {
  return join(homedir(), ".cache", "imgsync-test", `${name}-${version}`);
}

/**
 * Fetches a package for the schemas in it, as data: nothing is installed and none of its code is run. pip's own settings determine the
 * index; the checksum in programs.json must match. The folder appears only once it is complete.
 */
export async function fetchSchemas(name, schemas, say) {
  const target = folderOfSchemas(schemas);
  say(`fetching the schemas for ${name} (${schemas.package} ${schemas.version}) into ${target}; nothing is installed`);
  mkdirSync(join(target, ".."), { recursive: true });
  const folder = mkdtempSync(`${target}.new-`);
  try {
    const problem = await unpack(folder, schemas);
    if (problem === undefined) renameSync(join(folder, "unpacked", schemas.folder), target);
    else say(`they cannot be had: ${problem}`);
  } catch (error) {
    // another test run may have been faster
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function unpack(folder, { package: name, version, sha256 }) {
  const python = (words) => run("python3", ["-m", ...words], { cwd: folder, limitMinutes: LIMIT_MINUTES });
  const only = ["--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check"];
  const download = await python(["pip", "download", ...only, `${name}==${version}`]);
  if (download.code !== 0) return download.output.split("\n").slice(-20).join("\n");
  const file = readdirSync(folder).find((name) => name.endsWith(".whl")) ?? "";
  const sum = createHash("sha256")
    .update(readFileSync(join(folder, file)))
    .digest("hex");
  if (sum !== sha256) return `the sum of ${file} is ${sum}, and not ${sha256}`;
  const { code, output } = await python(["zipfile", "-e", file, "unpacked"]);
  return code === 0 ? undefined : output;
}
