import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "./children.mjs";

const BUILD_MINUTES = 15;
const ENVIRONMENT = { GONOSUMDB: "*", CGO_ENABLED: "0" };

/** Where a program that was built for the tests lies; outlives the repository, so that it is built once. */
export function folderOfGoProgram(name, { version }) {
  return join(homedir(), ".cache", "imgsync-test", `${name}-${version}`);
}

/**
 * Builds one from its published sources. Not by `go install MODULE@VERSION`, which also wants the list of all versions and the
 * public checksum database, and a proxy need not have either: the sum that stands in programs.json is compared instead.
 */
export async function buildGoProgram(name, program, say) {
  const { module, version } = program;
  say(`building ${name} ${version} with Go; the first time this takes a while`);
  const problem = await build(name, program);
  if (problem !== undefined) say(`${module}@${version} cannot be built: ${problem}`);
}

async function build(name, { module, version, sum, package: folder }) {
  const go = (words, cwd) => run("go", words, { cwd, env: ENVIRONMENT, limitMinutes: BUILD_MINUTES });
  const download = await go(["mod", "download", "-json", `${module}@${version}`]);
  if (download.code !== 0) return lastLines(download.output);
  const found = JSON.parse(download.output.slice(download.output.indexOf("{")));
  if (found.Sum !== sum) return `its sum is ${found.Sum}, and not ${sum}`;
  const target = folderOfGoProgram(name, { version });
  mkdirSync(target, { recursive: true });
  const { code, output } = await go(["build", "-o", join(target, name), folder], found.Dir);
  return code === 0 ? undefined : lastLines(output);
}

function lastLines(output) {
  return output.split("\n").slice(-20).join("\n");
}
