// npm run bench [-- OPTIONS]: compares imgsync on Node.js and Deno with the other tools on the PATH, in turns, from docker-registry to
// docker-registry on loopback. Every digest at the target is compared after every run. Requests are counted in a run of their own.
import { writeFile } from "node:fs/promises";
import { type Case, CASES } from "./cases.ts";
import { HELP, isChosen, type Options, parseOptions } from "./options.ts";
import { describeMachine } from "./report/machine.ts";
import { writeDocs } from "./report/docs.ts";
import { toMarkdown } from "./report/markdown.ts";
import { type Results, type Table, toRow } from "./report/results.ts";
import { startRegistry } from "./run/registry.ts";
import { runTool, type Sample } from "./run/run-tool.ts";
import { buildImgsync } from "./tools/imgsync.ts";
import { findPeers } from "./tools/peers.ts";
import type { Tool } from "./tools/tool.ts";

const TIMEOUT_MS = 300_000;
const QUICK_TIMEOUT_MS = 15_000;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(options: Options): Promise<void> {
  const cases = CASES.filter(({ name, isExtra = false, isInQuick = false }) =>
    options.cases === undefined ? !isExtra && (isInQuick || !options.isQuick) : isChosen(name, options.cases),
  );
  const imgsync = await buildImgsync();
  try {
    const tools = [...imgsync.tools, ...findPeers()].filter(({ name }) => isChosen(name, options.tools));
    if (options.isList) {
      say(`cases: ${CASES.map(({ name }) => name).join(", ")}\ntools: ${tools.map(({ name }) => name).join(", ")}`);
      return;
    }
    const about = {
      date: new Date().toISOString().slice(0, 10),
      machine: describeMachine(),
      isQuick: options.isQuick,
      rounds: options.rounds,
      versions: Object.fromEntries(
        await Promise.all(tools.map(async (tool) => [tool.name, await tool.version()] as const)),
      ),
    };
    const tables: Table[] = [];
    for (const one of cases) {
      tables.push(...(await runCase(one, tools, options)));
      // what is done is not lost if a later case is interrupted
      await save({ ...about, tables }, options);
    }
    process.stdout.write(toMarkdown({ ...about, tables }));
  } finally {
    await imgsync.remove();
  }
}

async function save(results: Results, { json, markdown, writesDocs }: Options): Promise<void> {
  if (json !== undefined) await writeFile(json, `${JSON.stringify(results, undefined, 2)}\n`);
  if (markdown !== undefined) await writeFile(markdown, toMarkdown(results));
  if (writesDocs) await writeDocs("bench", toMarkdown(results));
}

/** Runs all tools in turns, round by round, so that a busy moment of the machine does not hit one of them alone. */
async function runCase(one: Case, all: readonly Tool[], { isQuick, rounds }: Options): Promise<readonly Table[]> {
  const set = one.set(isQuick);
  const source = await startRegistry((storage) => storage.write(set));
  const tools = all.filter((tool) => tool.isUnfit?.({ set, road: one.road }) === undefined);
  const timed = new Map<string, Sample[]>();
  const counted = new Map<string, readonly Sample[]>();
  let version = 0;
  const run = (tool: Tool, isCounting: boolean): Promise<readonly Sample[]> => {
    version += 1;
    const timeoutMs = isQuick ? QUICK_TIMEOUT_MS : TIMEOUT_MS;
    return runTool(tool, one, { source, set, isCounting, version, timeoutMs });
  };
  try {
    for (let round = 1; round <= rounds; round += 1) {
      for (const tool of tools) {
        const samples = await run(tool, isQuick);
        say(`${one.name} ${round}/${rounds} ${tool.name}: ${samples.map(describe).join(", ")}`);
        timed.set(tool.name, [...(timed.get(tool.name) ?? []), ...samples]);
      }
    }
    // on other roads, and in quick runs, the timed runs are counted
    if (one.road.kind === "direct" && !isQuick) for (const tool of tools) counted.set(tool.name, await run(tool, true));
  } finally {
    await source.stop();
  }
  return one.steps.map((step) => ({
    case: one.name,
    title: one.titles[isQuick ? 1 : 0],
    step,
    rows: tools.map(({ name }) =>
      toRow(
        name,
        (timed.get(name) ?? []).filter((sample) => sample.step === step),
        counted.get(name)?.find((sample) => sample.step === step),
      ),
    ),
    unfit: all.flatMap((tool) => {
      const why = tool.isUnfit?.({ set, road: one.road });
      return why === undefined ? [] : [[tool.name, why] as const];
    }),
    attachedAtSource: set.repositories.reduce((sum, { attached = [] }) => sum + attached.length, 0),
  }));
}

function describe({ step, measured, failure }: Sample): string {
  return failure === undefined ? `${step} ${measured.seconds.toFixed(2)} s` : `${step} FAILED: ${failure}`;
}

// the servers are stopped when this process exits, which a signal alone does not do
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
if (process.argv.includes("--help")) process.stdout.write(HELP);
else await main(parseOptions(process.argv.slice(2)));
