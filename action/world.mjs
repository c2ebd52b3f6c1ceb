// What the steps of the action share. They run with the Node.js of the runner, which may be older than the one that imgsync needs.
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

/** Returns an input; empty if it was not set. */
export function input(name) {
  return process.env[`INPUT_${name.toUpperCase()}`] ?? "";
}

/** Returns the lines of an input that are not empty. */
export function lines(name) {
  const all = input(name).split(/\r?\n/);
  return all.map((line) => line.trim()).filter((line) => line !== "");
}

/** Returns `--name=value` for an input that was set. Joined, a value can never be taken for another flag. */
export function flag(name) {
  const value = input(name);
  return value === "" ? [] : [`--${name}=${value}`];
}

/** The folder of the plan: that of the input, or one outside the checkout. */
export function planFolder() {
  const folder = input("folder") || join(temporary(), "imgsync");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The folder that npm installs into. */
export function installFolder() {
  return join(temporary(), "imgsync-package");
}

function temporary() {
  const folder = process.env.RUNNER_TEMP;
  if (folder === undefined) throw new Error("RUNNER_TEMP is not set: this script runs as a part of the action");
  return folder;
}

/** Runs imgsync and returns its exit code, with its output as text if `stdout` is "pipe". */
export function runImgsync(args, stdout = "inherit") {
  const program = join(installFolder(), "node_modules", "imgsync", "bin", "imgsync.js");
  const options = { stdio: ["ignore", stdout, "inherit"], encoding: "utf8", maxBuffer: 64 * 1024 * 1024 };
  const result = spawnSync(process.execPath, [program, ...args], options);
  if (result.error !== undefined) throw result.error;
  return { code: result.status ?? 1, output: result.stdout ?? "" };
}

/** Sets an output of the step. The values have no line break. */
export function setOutput(name, value) {
  const text = String(value);
  if (/[\r\n]/.test(text)) throw new Error(`the output "${name}" would have several lines`);
  appendFileSync(process.env.GITHUB_OUTPUT, `${name}=${text}\n`);
}

/** Ends the step with an error on the page of the run. */
export function fail(message) {
  const escaped = message.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  process.stdout.write(`::error title=imgsync::${escaped}\n`);
  process.exitCode = 1;
}

/** The environment with the folder of this Node.js first, so that npm uses it too. */
export function ownEnvironment() {
  return { ...process.env, PATH: [join(process.execPath, ".."), process.env.PATH].join(delimiter) };
}
