// Applies a saved plan, or the manifest.
import { resolve } from "node:path";
import process from "node:process";
import { flag, input, lines, runImgsync, setOutput } from "./world.mjs";

const plan = input("plan");
const { code } = runImgsync([
  "apply",
  "--yes",
  ...flag("file"),
  ...flag("config"),
  ...lines("only").map((pattern) => `--only=${pattern}`),
  ...lines("args"),
  // a full path, which is never taken for a flag
  ...(plan === "" ? [] : [resolve(plan)]),
]);
setOutput("exit-code", code);
process.exitCode = code;
