import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./children.mjs";

const BUILD_MINUTES = 15;
const ENVIRONMENT = { GONOSUMDB: "*", CGO_ENABLED: "0" };

/** Returns the folder of a program built for the tests. It is outside the repository, so that each version is built only once. */
export function folderOfGoProgram(name, { version }) {
  return join(homedir(), ".cache", "imgsync-test", `${name}-${version}`);
}

/**
 * Builds a program from its published sources. `go install MODULE@VERSION` also requires the list of all versions and the public checksum
 * database, which a proxy may not have. Instead, the checksum is compared with the one in programs.json.
 */
export async function buildGoProgram(name, program, say) {
  const { module, version } = program;
  say(`building ${name} ${version} with Go; the first time this takes a while`);
  const problem = await build(name, program);
  if (problem !== undefined) say(`${module}@${version} cannot be built: ${problem}`);
}

async function build(name, { module, version, sum, package: folder, leaveOut }) {
  const download = await go(["mod", "download", "-json", `${module}@${version}`]);
  if (download.code !== 0) return lastLines(download.output);
  const found = JSON.parse(download.output.slice(download.output.indexOf("{")));
  if (found.Sum !== sum) return `its sum is ${found.Sum}, and not ${sum}`;
  const target = folderOfGoProgram(name, { version });
  mkdirSync(target, { recursive: true });
  const compile = ["build", "-ldflags=-s -w", "-o", join(target, name), folder];
  const { code, output } =
    leaveOut === undefined ? await go(compile, found.Dir) : await buildPart(compile, found.Dir, leaveOut);
  return code === 0 ? undefined : lastLines(output);
}

/** Builds without files that only the program's own tests need: they depend on an unpublished module in its repository. */
async function buildPart(compile, sources, { module, version, files }) {
  const folder = mkdtempSync(join(tmpdir(), "imgsync-build-"));
  try {
    const copied = await run("cp", ["-r", "--no-preserve=mode", `${sources}/.`, folder]);
    if (copied.code !== 0) return copied;
    for (const file of files) rmSync(join(folder, file));
    const edited = await go(["mod", "edit", `-droprequire=${module}`, `-dropreplace=${module}@${version}`], folder);
    return edited.code === 0 ? await go(compile, folder) : edited;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function go(words, cwd) {
  return run("go", words, { cwd, env: ENVIRONMENT, limitMinutes: BUILD_MINUTES });
}

function lastLines(output) {
  return output.split("\n").slice(-20).join("\n");
}
