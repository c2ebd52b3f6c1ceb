import { accessSync, constants, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { run } from "./children.mjs";

/** What the integration tests run against, and the Debian package that has it. */
const PROGRAMS = {
  "docker-registry": "docker-registry",
  skopeo: "skopeo",
  htpasswd: "apache2-utils",
  openssl: "openssl",
  bash: "bash",
  zsh: "zsh",
  fish: "fish",
  docker: "docker.io",
  dockerd: "docker.io",
  podman: "podman",
};

/** As test/support/programs.ts has it. Debian has no cosign, so it is built from its sources, once. */
const COSIGN_VERSION = "2.6.1";
const COSIGN_MODULE = `github.com/sigstore/cosign/v2/cmd/cosign@v${COSIGN_VERSION}`;
const COSIGN_FOLDER = join(homedir(), ".cache", "imgsync-test", `cosign-${COSIGN_VERSION}`);
const BUILD_MINUTES = 15;

/**
 * Sees to the real programs: installs what is missing where that can be done, and says loudly what will be skipped. The
 * answer is false only where CI is to fail because of it.
 */
export async function preparePrograms(root, say) {
  if (missing().length > 0 && canInstall()) await install(root, missing(), say);
  if (findProgram("cosign") === undefined && findProgram("go") !== undefined) await buildCosign(say);
  const left = missing();
  const isCosignThere = findProgram("cosign") !== undefined;
  if (left.length === 0 && isCosignThere) return true;
  say(
    `NOT ON THE PATH: ${[...left, ...(isCosignThere ? [] : ["cosign"])].join(", ")}. Tests against real programs will be skipped.`,
  );
  if (left.length > 0) say(`On Debian: apt-get install ${[...new Set(left.map((name) => PROGRAMS[name]))].join(" ")}`);
  if (!isCosignThere) say(`With Go: go install ${COSIGN_MODULE}`);
  return process.env.CI !== "true";
}

async function install(root, names, say) {
  const packages = [...new Set(names.map((name) => PROGRAMS[name]))];
  say(`installing ${packages.join(", ")} with apt-get`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const update = await run("apt-get", ["update"], { env });
  const result = await run("apt-get", ["install", "--yes", "--no-install-recommends", ...packages], { env });
  const log = join(root, ".cache", "apt-get.log");
  mkdirSync(join(root, ".cache"), { recursive: true });
  writeFileSync(log, update.output + result.output);
  if (result.code !== 0) say(`apt-get failed:\n${(update.output + result.output).split("\n").slice(-20).join("\n")}`);
}

async function buildCosign(say) {
  say(`building cosign ${COSIGN_VERSION} with Go, which takes some minutes the first time`);
  mkdirSync(COSIGN_FOLDER, { recursive: true });
  const env = { GOBIN: COSIGN_FOLDER, CGO_ENABLED: "0" };
  const { code, output } = await run("go", ["install", COSIGN_MODULE], { env, limitMinutes: BUILD_MINUTES });
  if (code !== 0) say(`go install failed:\n${output.split("\n").slice(-20).join("\n")}`);
}

function missing() {
  return Object.keys(PROGRAMS).filter((name) => findProgram(name) === undefined);
}

function canInstall() {
  return process.platform === "linux" && process.getuid?.() === 0 && findProgram("apt-get") !== undefined;
}

/** The full path of a program on the PATH, or of one that was built for the tests. */
export function findProgram(name) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...folders, COSIGN_FOLDER].map((folder) => join(folder, name)).find(isExecutable);
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
