import { delimiter, join } from "node:path";
import process from "node:process";
import { run } from "./children.mjs";
import { findProgram, isExecutable } from "./programs.mjs";

const OLDEST = [22, 19];

/** Returns the runtimes to test on: the repository's own Node and Deno, and other Node versions that are found. */
export async function findRuntimes(root, { node, deno }, say) {
  const bin = join(root, "node_modules", ".bin");
  const runtimes = [];
  const seen = new Set();
  for (const program of node ? nodes(bin) : []) {
    const version = await versionOf(program);
    if (version === undefined || isTooOld(version)) {
      say(`not tested: ${program} is ${version ?? "no Node.js"}, imgsync needs ${OLDEST.join(".")} or newer`);
    } else if (!seen.has(version)) {
      seen.add(version);
      runtimes.push({ kind: "node", label: `node ${version}`, program });
    }
  }
  if (node && runtimes.length === 0) {
    throw new Error(
      `no Node.js ${OLDEST.join(".")} or newer (this is ${process.version}): run "npm ci", which brings one`,
    );
  }
  if (deno) runtimes.push(await findDeno(bin));
  return runtimes;
}

async function findDeno(bin) {
  const program = [join(bin, "deno"), findProgram("deno")].find((path) => path !== undefined && isExecutable(path));
  if (program === undefined) throw new Error('no Deno: run "npm ci", which brings one, or use --only-node');
  const { output } = await run(program, ["--version"]);
  return { kind: "deno", label: `deno ${/^deno (\S+)/m.exec(output)?.[1] ?? "?"}`, program };
}

function nodes(bin) {
  const own = join(bin, "node");
  const first = isExecutable(own) ? own : process.execPath;
  const named = (process.env.IMGSYNC_TEST_NODES ?? "").split(delimiter).filter((path) => path !== "");
  const found = ["node22", "node26"].map(findProgram).filter((path) => path !== undefined);
  return [first, ...named, ...found];
}

async function versionOf(program) {
  const { output } = await run(program, ["--version"]);
  return /^v(\d+\.\d+\.\d+)/.exec(output)?.[1];
}

function isTooOld(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}
