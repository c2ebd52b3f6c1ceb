import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { run } from "./children.mjs";
import { folderOfSid, unpackSid } from "./debian-sid.mjs";
import { buildGoProgram, folderOfGoProgram } from "./go-programs.mjs";
import { fetchNpmProgram, isNpmProgramThere } from "./npm-programs.mjs";
import { fetchSchemas, folderOfSchemas } from "./pypi-schemas.mjs";

/** The programs and schemas of the integration tests, and their origins; also read by test/support/programs.ts. */
const {
  debian: DEBIAN,
  sid: SID,
  go: GO,
  npm: NPM,
  schemas: SCHEMAS,
} = JSON.parse(readFileSync(new URL("../../test/support/programs.json", import.meta.url), "utf8"));

/**
 * Prepares the real programs and schemas: installs, builds or fetches missing ones if possible, and reports which tests will be skipped.
 * Resolves to false only if CI should fail because of it.
 */
export async function preparePrograms(root, say) {
  if (missing(DEBIAN).length > 0 && canInstall()) await install(root, missing(DEBIAN), say);
  if (missing(SID.programs).length > 0 && findProgram("apt-get") !== undefined) await unpackSid(SID, say);
  if (findProgram("go") !== undefined) {
    for (const name of missing(GO)) await buildGoProgram(name, GO[name], say);
  }
  if (findProgram("python3") !== undefined) {
    for (const name of missingSchemas()) await fetchSchemas(name, SCHEMAS[name], say);
  }
  for (const name of missingScripts()) await fetchNpmProgram(name, NPM[name], say);
  const left = missing(DEBIAN);
  const unbuilt = missing(GO);
  const unfetched = missing(SID.programs);
  const unknown = missingSchemas().map((name) => `the schemas for ${name}`);
  const scripts = missingScripts();
  const all = [...left, ...unfetched, ...unbuilt, ...scripts, ...unknown];
  if (all.length === 0) return true;
  say(`NOT HERE: ${all.join(", ")}. Tests that need them will be skipped.`);
  if (left.length > 0) say(`On Debian: apt-get install ${packagesOf(left).join(" ")}`);
  if (unfetched.length > 0) say(`On Debian, npm test fetches ${unfetched.join(", ")} itself, from ${SID.debian}.`);
  if (unbuilt.length > 0) say(`With Go on the PATH, npm test builds ${unbuilt.join(", ")} itself.`);
  if (unknown.length > 0) say("With python3 and its pip on the PATH, npm test fetches the schemas itself.");
  return process.env.CI !== "true";
}

/** Builds one of the programs of Go, unless it is there. */
export async function prepareGoProgram(name, say) {
  if (missing(GO).includes(name)) await buildGoProgram(name, GO[name], say);
}

async function install(root, names, say) {
  const packages = packagesOf(names);
  say(`installing ${packages.join(", ")} with apt-get`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const update = await run("apt-get", ["update"], { env });
  const result = await run("apt-get", ["install", "--yes", "--no-install-recommends", ...packages], { env });
  const log = join(root, ".cache", "apt-get.log");
  mkdirSync(join(root, ".cache"), { recursive: true });
  writeFileSync(log, update.output + result.output);
  if (result.code !== 0) say(`apt-get failed:\n${(update.output + result.output).split("\n").slice(-20).join("\n")}`);
}

function packagesOf(names) {
  return [...new Set(names.map((name) => DEBIAN[name]))];
}

function missing(programs) {
  return Object.keys(programs).filter((name) => findProgram(name) === undefined);
}

function missingScripts() {
  return Object.keys(NPM).filter((name) => !isNpmProgramThere(name, NPM[name]));
}

function missingSchemas() {
  return Object.keys(SCHEMAS).filter((name) => !existsSync(folderOfSchemas(SCHEMAS[name])));
}

function canInstall() {
  return process.platform === "linux" && process.getuid?.() === 0 && findProgram("apt-get") !== undefined;
}

/** Returns the full path of a program. Programs built or fetched for the tests take precedence over the PATH. */
export function findProgram(name) {
  const fetched = SID.programs[name];
  if (fetched !== undefined && isExecutable(join(folderOfSid(SID), fetched))) return join(folderOfSid(SID), fetched);
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const built = GO[name] === undefined ? [] : [folderOfGoProgram(name, GO[name])];
  return [...built, ...folders].map((folder) => join(folder, name)).find(isExecutable);
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
