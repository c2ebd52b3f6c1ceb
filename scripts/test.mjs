// Runs every test under every runtime: npm test [-- [--only-node|--only-deno|--unit] [--verbose] [FILE|FOLDER…]]
// Works on old Node versions too, so that a machine without a current one gets a clear error.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { readArguments } from "./test-runner/arguments.mjs";
import { killAll } from "./test-runner/children.mjs";
import { findTestFiles } from "./test-runner/files.mjs";
import { preparePackages } from "./test-runner/packages.mjs";
import { preparePrograms } from "./test-runner/programs.mjs";
import { findRuntimes } from "./test-runner/runtimes.mjs";
import { runSuite } from "./test-runner/suite.mjs";
import { isUnitTest } from "./test-runner/unit-files.mjs";

const root = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..");
const folder = mkdtempSync(join(tmpdir(), "imgsync-test-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
]) {
  process.once(signal, () => {
    void killAll().then(() => process.exit(code));
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  say(`npm test: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main() {
  const options = readArguments(process.argv.slice(2));
  const found = findTestFiles(root, options.paths);
  const files = options.unit ? found.filter(isUnitTest) : found;
  if (files.length === 0) throw new Error("no test file matches");
  const runtimes = await findRuntimes(root, options, say);
  const isComplete =
    options.unit || [await preparePrograms(root, say), await preparePackages(root, files, say)].every(Boolean);
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const skips = new Set();
  for (const runtime of runtimes) {
    const result = await runSuite(runtime, { root, folder, files, options, say });
    for (const line of result.skips) skips.add(line);
    for (const key of Object.keys(totals)) totals[key] += result[key];
    say(
      `${runtime.label}: ${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped (${result.seconds} s)`,
    );
  }
  for (const line of skips) say(`SKIPPED  ${line}`);
  say(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  return totals.failed === 0 && totals.passed > 0 && isComplete ? 0 : 1;
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
