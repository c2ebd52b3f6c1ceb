// npm run bench [-- TAGS REPOSITORIES ROUNDS]: measures imgsync for a first sync and for a run with nothing to do, in turns with the other
// tools on the PATH. Seconds are medians; request counts are exact and come from a separate run.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startCountingProxy } from "../test/support/counting-proxy.ts";
import { type DockerRegistry, startDockerRegistry } from "../test/support/docker-registry.ts";
import { image } from "../test/support/images.ts";
import { tarLayer } from "../test/support/layers.ts";
import { findProgram } from "../test/support/programs.ts";
import { pushImage } from "../test/support/push-image.ts";

const [tags = 1000, repositories = 40, rounds = 3] = process.argv.slice(2).map(Number);
const program = fileURLToPath(new URL("../bin/imgsync.js", import.meta.url));
const bin = (name: string): string => fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));

type Tool = { readonly name: string; readonly command: (setup: Setup) => readonly string[] };
type Setup = { readonly folder: string; readonly source: string; readonly target: string };

const TOOLS: readonly Tool[] = [
  {
    name: "imgsync (Node.js)",
    command: ({ folder }) => [bin("node"), program, "apply", "--yes", "-q", "-f", join(folder, "images.yaml")],
  },
  {
    name: "imgsync (Deno)",
    command: ({ folder }) => [
      bin("deno"),
      "run",
      "-A",
      program,
      "apply",
      "--yes",
      "-q",
      "-f",
      join(folder, "images.yaml"),
    ],
  },
  ...(findProgram("regsync") === undefined
    ? []
    : [{ name: "regsync", command: ({ folder }: Setup) => ["regsync", "-c", join(folder, "regsync.yaml"), "once"] }]),
  ...(findProgram("skopeo") === undefined
    ? []
    : [
        {
          name: "skopeo sync",
          command: ({ folder, target }: Setup) => [
            "skopeo",
            "sync",
            "--all",
            "--scoped=false",
            "--src-tls-verify=false",
            "--dest-tls-verify=false",
            "--src",
            "yaml",
            "--dest",
            "docker",
            join(folder, "skopeo.yaml"),
            `${target}/mirror`,
          ],
        },
      ]),
];

const source = await startDockerRegistry();
const results = new Map<string, { first: number[]; idle: number[]; requests: readonly [number, number] }>();
try {
  await seed(source);
  for (let round = 0; round < rounds; round += 1) for (const tool of TOOLS) await measure(tool, round === 0);
  print();
} finally {
  await source.stop();
}

async function seed({ host }: DockerRegistry): Promise<void> {
  for (let at = 0; at < tags; at += 1)
    await pushImage(host, `app${at % repositories}`, `v${at}`, image({ layers: [tarLayer({ own: String(at) })] }));
}

async function measure(tool: Tool, isCounting: boolean): Promise<void> {
  const first = await withTarget(tool, false);
  const known = results.get(tool.name);
  const requests = isCounting ? await withTarget(tool, true) : undefined;
  results.set(tool.name, {
    first: [...(known?.first ?? []), first.first],
    idle: [...(known?.idle ?? []), first.idle],
    requests: requests === undefined ? (known?.requests ?? [0, 0]) : requests.requests,
  });
}

async function withTarget(
  tool: Tool,
  isCounting: boolean,
): Promise<{ first: number; idle: number; requests: readonly [number, number] }> {
  const registry = await startDockerRegistry();
  const proxies = isCounting ? [await startCountingProxy(source.host), await startCountingProxy(registry.host)] : [];
  const folder = await mkdtemp(join(tmpdir(), "imgsync-bench-"));
  const setup = { folder, source: proxies[0]?.host ?? source.host, target: proxies[1]?.host ?? registry.host };
  const count = (): number => proxies.reduce((sum, { log }) => sum + log.length, 0);
  try {
    await writeManifests(setup);
    const first = await time(tool.command(setup));
    const requests = count();
    const idle = await time(tool.command(setup));
    return { first, idle, requests: [requests, count() - requests] };
  } finally {
    await Promise.all([
      registry.stop(),
      rm(folder, { recursive: true, force: true }),
      ...proxies.map(({ stop }) => stop()),
    ]);
  }
}

async function writeManifests({ folder, source: from, target }: Setup): Promise<void> {
  const names = Array.from({ length: repositories }, (_, at) => `app${at}`);
  const tagsOf = (at: number): string =>
    Array.from({ length: Math.ceil((tags - at) / repositories) }, (_, count) => `v${count * repositories + at}`).join(
      ", ",
    );
  const hosts = `registries: { ${from}: { plainHttp: true }, ${target}: { plainHttp: true } }\n`;
  const entries = names.map(
    (name, at) => `  - { source: ${from}/${name}, target: ${target}/mirror/${name}, tags: [${tagsOf(at)}] }\n`,
  );
  await writeFile(join(folder, "images.yaml"), `version: 1\n${hosts}images:\n${entries.join("")}`);
  await writeFile(
    join(folder, "skopeo.yaml"),
    `${from}:\n  tls-verify: false\n  images:\n${names.map((name, at) => `    ${name}: [${tagsOf(at)}]\n`).join("")}`,
  );
  const creds = [from, target].map((registry) => `  - { registry: "${registry}", tls: disabled }\n`).join("");
  const sync = names
    .map((name) => `  - { source: ${from}/${name}, target: ${target}/mirror/${name}, type: repository }\n`)
    .join("");
  await writeFile(
    join(folder, "regsync.yaml"),
    `version: 1\ncreds:\n${creds}defaults: { parallel: 4 }\nsync:\n${sync}`,
  );
}

async function time([file = "", ...args]: readonly string[]): Promise<number> {
  const start = performance.now();
  const child = spawn(file, args, { stdio: "ignore" });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`${file} exited with ${String(code)}`);
  return (performance.now() - start) / 1000;
}

function print(): void {
  process.stdout.write(
    `${tags} tags in ${repositories} repositories, docker-registry to docker-registry, medians of ${rounds}\n`,
  );
  for (const [name, { first, idle, requests }] of results) {
    process.stdout.write(
      `${name.padEnd(18)} first sync ${median(first).toFixed(1)} s, ${requests[0]} requests; nothing to do ${median(idle).toFixed(1)} s, ${requests[1]} requests\n`,
    );
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
