// Plans, and writes the plan to the summary of the run and into files.
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { flag, lines, planFolder, runImgsync, setOutput } from "./world.mjs";

/** Something would change (plan --detailed-exitcode). */
const CHANGES = 2;

const folder = planFolder();
const saved = join(folder, "plan.json");
const { code, output } = runImgsync(
  [
    "plan",
    "--format=markdown",
    "--annotations=github",
    "--detailed-exitcode",
    `--out=${saved}`,
    `--out=${join(folder, "plan.html")}`,
    ...flag("file"),
    ...flag("config"),
    ...flag("since"),
    ...lines("only").map((pattern) => `--only=${pattern}`),
    ...lines("args"),
  ],
  "pipe",
);
writeFileSync(join(folder, "plan.md"), output);
appendFileSync(process.env.GITHUB_STEP_SUMMARY, output);
setOutput("changes", code === CHANGES);
setOutput("exit-code", code);
setOutput("plan", saved);
setOutput("folder", folder);
process.exitCode = code === CHANGES ? 0 : code;
