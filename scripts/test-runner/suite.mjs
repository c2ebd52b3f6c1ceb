import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { run } from "./children.mjs";
import { countJunit, countTap } from "./counts.mjs";

const SUITE_MINUTES = 30;
/** Time limit of one test, so that a hanging test is reported before the suite is killed. */
const TEST_MINUTES = 4;

/** Runs all files under one runtime and returns the counts. The output of the runtime is shown if something failed. */
export async function runSuite(runtime, { root, folder, files, options, say }) {
  const report = join(folder, "report");
  const skipLog = join(folder, "skips");
  for (const file of [report, skipLog]) rmSync(file, { force: true });
  const words = runtime.kind === "node" ? nodeWords(report, options) : denoWords(report);
  const started = Date.now();
  const { code, output } = await run(runtime.program, [...words, ...files], {
    cwd: root,
    limitMinutes: SUITE_MINUTES,
    env: {
      DENO_JOBS: "2",
      DENO_NO_UPDATE_CHECK: "1",
      IMGSYNC_TEST_SKIP_LOG: skipLog,
      // A nested test runner would report to the outer one and run nothing.
      NODE_TEST_CONTEXT: undefined,
    },
    onOutput: options.verbose ? (chunk) => process.stdout.write(chunk) : undefined,
  });
  const text = existsSync(report) ? readFileSync(report, "utf8") : "";
  const skips = existsSync(skipLog) ? readFileSync(skipLog, "utf8").split("\n").filter(Boolean) : [];
  const counts = runtime.kind === "node" ? countTap(text) : countJunit(text, { output, skips: skips.length });
  // A crash without a failed test is still a failure.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  if (counts.failed > 0 && !options.verbose) say(output);
  return { ...counts, skips, seconds: ((Date.now() - started) / 1000).toFixed(1) };
}

function nodeWords(report, { unit }) {
  return [
    ...(unit ? ["--import", new URL("no-programs.mjs", import.meta.url).href] : []),
    "--test",
    "--test-concurrency=2",
    `--test-timeout=${TEST_MINUTES * 60_000}`,
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    "--test-reporter=tap",
    `--test-reporter-destination=${report}`,
  ];
}

/** Types are checked separately; nothing is fetched, and no lock file is written. */
function denoWords(report) {
  const offline = ["--no-lock", "--no-remote", "--cached-only"];
  return ["test", "--allow-all", "--no-check", ...offline, "--parallel", `--junit-path=${report}`];
}
