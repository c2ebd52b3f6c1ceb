// Installs imgsync from npm, outside the checkout: no file of a pull request takes part.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fail, input, installFolder, ownEnvironment } from "./world.mjs";

const COMMANDS = ["plan", "comment", "apply"];
const { version: own, engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const [needed = 0, neededMinor = 0] = engines.node.replace(">=", "").split(".").map(Number);

if (!COMMANDS.includes(input("command"))) {
  fail(`the input "command" is "${input("command")}", and not one of ${COMMANDS.join(", ")}`);
} else if (major < needed || (major === needed && minor < neededMinor)) {
  fail(
    `imgsync needs Node.js ${needed}.${neededMinor} or newer, and this runner has ${process.versions.node}: use actions/setup-node before this action`,
  );
} else install(input("package") || `imgsync@${input("version") || own}`);

function install(name) {
  const folder = installFolder();
  mkdirSync(folder, { recursive: true });
  // without a package.json, npm would look for one in the folders above
  writeFileSync(join(folder, "package.json"), "{}\n");
  const flags = ["--prefix", folder, "--ignore-scripts", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  // npm is a batch file on Windows, which only a shell can start; the name is then quoted for it
  const isWindows = process.platform === "win32";
  const words = ["install", ...flags, "--", name].map((word) => (isWindows ? quote(word) : word));
  const options = { cwd: folder, stdio: "inherit", env: ownEnvironment(), shell: isWindows };
  const { status, error } = spawnSync("npm", words, options);
  if (error !== undefined || status !== 0) fail(`npm could not install ${name}`);
}

function quote(word) {
  if (!/^[\w@.:/\\=+~^ -]*$/.test(word)) throw new Error(`cannot install "${word}" on Windows`);
  return `"${word}"`;
}
