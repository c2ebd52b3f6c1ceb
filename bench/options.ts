import { parseArgs } from "node:util";

export type Options = {
  readonly isQuick: boolean;
  readonly cases: readonly string[] | undefined;
  readonly tools: readonly string[] | undefined;
  readonly rounds: number;
  readonly json: string | undefined;
  readonly markdown: string | undefined;
  readonly writesDocs: boolean;
  readonly isList: boolean;
};

export const HELP = `npm run bench [-- OPTIONS]: compares imgsync with the other tools on the PATH

  --quick            small sets and one round, in less than two minutes
  --cases A,B        only these cases
  --tools A,B        only these tools; a name without a suffix means all of it: imgsync, regsync
  --rounds N         default 3
  --json FILE        also writes the results as JSON
  --markdown FILE    also writes the tables
  --docs             writes the tables to docs/performance.md
  --list             shows the cases and tools
`;

/** @throws Error for unknown options and values */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      cases: { type: "string" },
      tools: { type: "string" },
      rounds: { type: "string" },
      json: { type: "string" },
      markdown: { type: "string" },
      docs: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  if (!Number.isSafeInteger(rounds) || rounds < 1)
    throw new Error(`--rounds: not a number of rounds: ${values.rounds}`);
  return {
    isQuick: values.quick,
    cases: values.cases?.split(","),
    tools: values.tools?.split(","),
    rounds,
    json: values.json,
    markdown: values.markdown,
    writesDocs: values.docs,
    isList: values.list,
  };
}

/** Reports whether a list of names selects this one: exactly, or by the part before a hyphen. */
export function isChosen(name: string, chosen: readonly string[] | undefined): boolean {
  return chosen === undefined || chosen.some((one) => one === name || name.startsWith(`${one}-`));
}
