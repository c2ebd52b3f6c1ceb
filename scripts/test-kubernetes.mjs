// Runs the tests against a real Kubernetes control plane: npm run test:kubernetes [-- FILE…]
// They are not part of npm test: building the control plane takes 5 minutes the first time.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { killAll } from "./test-runner/children.mjs";
import { buildControlPlane, folderOfControlPlane } from "./test-runner/control-plane.mjs";
import { prepareGoProgram } from "./test-runner/programs.mjs";

const ROOT = join(import.meta.dirname, "..");
const TESTS = join(ROOT, "test", "kubernetes");
/** One test may take this long. */
const TEST_MINUTES = 15;

const named = process.argv.slice(2).map((path) => resolve(path));
const files = readdirSync(TESTS)
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join(TESTS, name))
  .filter((file) => named.length === 0 || named.includes(file));

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
]) {
  // the tests stop what they started when they get the same signal
  process.once(signal, () => void killAll().then(() => child?.kill(signal) ?? process.exit(code)));
}

let child;
const problem = files.length === 0 ? "no test file matches" : await buildControlPlane(ROOT, say);
if (problem === undefined) {
  await prepareGoProgram("helm", say);
  const started = Date.now();
  const words = ["--test", "--test-concurrency=1", `--test-timeout=${TEST_MINUTES * 60_000}`, "--test-reporter=spec"];
  const env = { ...process.env, IMGSYNC_CONTROL_PLANE: folderOfControlPlane(ROOT) };
  child = spawn(process.execPath, [...words, ...files], { cwd: ROOT, env, stdio: "inherit" });
  child.once("close", (code) => {
    say(`test:kubernetes: ${code === 0 ? "passed" : "failed"} (${((Date.now() - started) / 1000).toFixed(0)} s)`);
    process.exitCode = code ?? 1;
  });
} else {
  say(`npm run test:kubernetes: ${problem}`);
  process.exitCode = 1;
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
