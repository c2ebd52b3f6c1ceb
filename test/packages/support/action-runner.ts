import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { runProgram } from "../../support/programs.ts";
import { evaluate, expand, type Names } from "./action-expression.ts";
import { ROOT } from "./packages.ts";

/** A composite action (docs.github.com, "Metadata syntax for GitHub Actions"). */
export type Action = {
  readonly inputs: Readonly<
    Record<string, { readonly description: string; readonly required: boolean; readonly default?: string }>
  >;
  readonly outputs: Readonly<Record<string, { readonly description: string; readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
};

type Step = {
  readonly id: string;
  readonly if?: string;
  readonly shell: string;
  readonly run: string;
  readonly env?: Readonly<Record<string, string>>;
};

export type ActionResult = {
  readonly isSuccess: boolean;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly log: string;
};

export const ACTION_FILE = join(ROOT, "action.yml");

export async function readAction(): Promise<Action> {
  // not validated here: another test compares it with GitHub's schema
  return parse(await readFile(ACTION_FILE, "utf8")) as Action;
}

/**
 * Runs the action as a runner does: inputs with their defaults, conditions, one bash for each step, files for outputs and the summary.
 * `folder` is the runner's: the checkout is its subfolder `checkout`, and what is temporary goes to `temp`.
 */
export async function runAction(
  inputs: Readonly<Record<string, string>>,
  {
    folder,
    env = {},
    event = {},
  }: { readonly folder: string; readonly env?: Readonly<Record<string, string>>; readonly event?: object },
): Promise<ActionResult> {
  const action = await readAction();
  const unknown = Object.keys(inputs).filter((name) => action.inputs[name] === undefined);
  if (unknown.length > 0) throw new Error(`the action has no input ${unknown.join(", ")}`);
  const place = (name: string): string => join(folder, name);
  for (const name of ["checkout", "temp"]) await mkdir(place(name), { recursive: true });
  await writeFile(place("event.json"), JSON.stringify(event));
  await writeFile(place("summary.md"), "");
  const results = new Map<string, Readonly<Record<string, string>>>();
  const names: Names = (path) => {
    const [kind, first = "", , last = ""] = path.split(".");
    if (kind === "inputs") return inputs[first] ?? expand(action.inputs[first]?.default ?? "", names);
    if (kind === "steps") return results.get(first)?.[last];
    if (path === "github.token") return env["GITHUB_TOKEN"];
    throw new Error(`the runner does not know "${path}"`);
  };
  let isSuccess = true;
  let log = "";
  for (const step of action.runs.steps) {
    if (!isSuccess || (step.if !== undefined && evaluate(step.if, names) === "")) continue;
    await writeFile(place("output"), "");
    await writeFile(place("script.sh"), expand(step.run, names));
    const own = Object.entries(step.env ?? {}).map(([name, value]) => [name, expand(value, names)] as const);
    const words = ["--noprofile", "--norc", "-eo", "pipefail", place("script.sh")];
    const { code, stdout, stderr } = await runProgram("bash", words, {
      cwd: place("checkout"),
      env: {
        PATH: `${join(ROOT, "node_modules", ".bin")}:${process.env["PATH"] ?? ""}`,
        HOME: folder,
        GITHUB_ACTIONS: "true",
        GITHUB_ACTION_PATH: ROOT,
        GITHUB_EVENT_PATH: place("event.json"),
        GITHUB_OUTPUT: place("output"),
        GITHUB_STEP_SUMMARY: place("summary.md"),
        GITHUB_WORKSPACE: place("checkout"),
        RUNNER_TEMP: place("temp"),
        ...env,
        ...Object.fromEntries(own),
      },
    });
    log += Buffer.from(stdout).toString() + stderr;
    results.set(step.id, outputsIn(await readFile(place("output"), "utf8")));
    isSuccess = code === 0;
  }
  const outputs = Object.entries(action.outputs).map(([name, { value }]) => [name, expand(value, names)]);
  return { isSuccess, outputs: Object.fromEntries(outputs), summary: await readFile(place("summary.md"), "utf8"), log };
}

function outputsIn(text: string): Readonly<Record<string, string>> {
  const lines = text.split("\n").filter((line) => line !== "");
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}
