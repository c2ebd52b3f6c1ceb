import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "./packages.ts";

export type Job = {
  readonly extends?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly before_script?: readonly string[];
  readonly script: readonly string[];
  readonly rules: readonly { readonly if: string; readonly changes: unknown }[];
};

type Input = { readonly description: string; readonly type?: string; readonly default: unknown };

/** The two documents of the component: what it takes, and its jobs with `$[[ inputs.NAME ]]`. */
export async function readComponent(): Promise<{
  readonly inputs: Readonly<Record<string, Input>>;
  readonly text: string;
}> {
  const file = await readFile(join(ROOT, "templates", "sync.yml"), "utf8");
  const [head = "", text = ""] = file.split(/^---$/m);
  return { inputs: parse(head).spec.inputs, text };
}

/**
 * Returns the jobs as GitLab makes them: inputs in place of their names, and `extends` resolved.
 * @throws if an input is not known
 */
export async function pipelineWith(given: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, Job>>> {
  const { inputs, text } = await readComponent();
  for (const name of Object.keys(given)) if (inputs[name] === undefined) throw new Error(`no input "${name}"`);
  const value = (whole: string): unknown => {
    const name = /^\$\[\[ inputs\.([\w-]+) \]\]$/.exec(whole)?.[1];
    if (name === undefined) {
      if (whole.includes("$[[")) throw new Error(`an input within text: ${whole}`);
      return whole;
    }
    if (inputs[name] === undefined) throw new Error(`no input "${name}"`);
    return given[name] ?? inputs[name].default;
  };
  const fill = (node: unknown): unknown => {
    if (typeof node === "string") return value(node);
    if (Array.isArray(node)) return node.map(fill);
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, fill(inner)]));
  };
  return fill(parse(text)) as Readonly<Record<string, Job>>;
}

/** The variables and the script of a job, with those of the job that it extends. */
export function resolved(pipeline: Readonly<Record<string, Job>>, name: string) {
  const job = pipeline[name];
  if (job === undefined) throw new Error(`no job "${name}"`);
  const base = pipeline[job.extends ?? ""];
  return {
    variables: { ...base?.variables, ...job.variables },
    lines: [...(job.before_script ?? base?.before_script ?? []), ...job.script],
  };
}
