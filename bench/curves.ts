// npm run bench:curves [-- --sizes 1000,10000] [--docs]: time, memory and requests of imgsync by the number of tags, all of them in sync.
// Every tag is looked at, at the source and at the target, in docker-registry on loopback.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startWire } from "./lines/wire.ts";
import { writeDocs } from "./report/docs.ts";
import { describeMachine } from "./report/machine.ts";
import { measure, type Measured } from "./run/measure.ts";
import { startRegistry } from "./run/registry.ts";
import type { BenchSet } from "./sets/bench-set.ts";
import { mirrorShape } from "./sets/small-images.ts";
import { buildImgsync, manifestOf, type Runtime } from "./tools/imgsync.ts";
import { PREFIX } from "./tools/tool.ts";

type Subject = {
  readonly title: string;
  readonly args: readonly string[];
  readonly manifest: (job: { readonly source: string; readonly target: string; readonly set: BenchSet }) => string;
};

const SUBJECTS: readonly Subject[] = [
  { title: "`plan`, an entry for each repository", args: ["plan"], manifest: manifestOf },
  { title: "`plan`, an entry for each tag", args: ["plan"], manifest: entryForEachTag },
  { title: "`validate`, an entry for each tag", args: ["validate"], manifest: entryForEachTag },
];

const TIMEOUT_MS = 1_800_000;

function entryForEachTag({ source, target, set }: Parameters<Subject["manifest"]>[0]): string {
  const entries = set.repositories.flatMap(({ name, tags }) =>
    [...tags.keys()].map(
      (tag) => `  - source: ${source}/${name}:${tag}\n    target: ${target}/${PREFIX}${name}:${tag}\n`,
    ),
  );
  const hosts = `{ ${source}: { plainHttp: true }, ${target}: { plainHttp: true } }`;
  return `version: 1\nregistries: ${hosts}\nimages:\n${entries.join("")}`;
}

type Point = {
  readonly title: string;
  readonly tags: number;
  readonly runtime: string;
  readonly requests: number;
} & Pick<Measured, "seconds" | "cpuSeconds" | "rssMib">;

async function measureSize(tags: number, runtimes: readonly Runtime[]): Promise<readonly Point[]> {
  const set = mirrorShape({ tags });
  const registry = await startRegistry(async (storage) => {
    await storage.write(set);
    await storage.write(set, PREFIX);
  });
  const [from, to] = [await startWire(registry.host), await startWire(registry.host)];
  const requests = (): number => from.counts.requests + to.counts.requests;
  const folder = await mkdtemp(join(tmpdir(), "imgsync-bench-curves-"));
  const points: Point[] = [];
  try {
    for (const { title, args, manifest } of SUBJECTS) {
      const file = join(folder, "images.yaml");
      await writeFile(file, manifest({ source: from.host, target: to.host, set }));
      for (const { name, command } of runtimes) {
        const before = requests();
        const measured = await measure(command([...args, "-f", file]), {
          environment: { DOCKER_CONFIG: folder, XDG_RUNTIME_DIR: folder },
          folder,
          timeoutMs: TIMEOUT_MS,
        });
        if (measured.code !== 0) throw new Error(`${title}, ${tags} tags, ${name}: ${measured.output}`);
        const { seconds, cpuSeconds, rssMib } = measured;
        const point = {
          title,
          tags,
          runtime: name,
          requests: requests() - before,
          seconds,
          cpuSeconds,
          rssMib,
        };
        process.stderr.write(`${JSON.stringify(point)}\n`);
        points.push(point);
      }
    }
    return points;
  } finally {
    await Promise.all([from.stop(), to.stop()]);
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function toMarkdown(points: readonly Point[], machine: string): string {
  const date = new Date().toISOString().slice(0, 10);
  return [`Measured on ${date}: ${machine}.`, "", ...SUBJECTS.flatMap(({ title }) => tableOf(title, points))].join(
    "\n",
  );
}

function tableOf(title: string, points: readonly Point[]): readonly string[] {
  const rows = points.filter((point) => point.title === title).map(rowOf);
  const head = ["| tags | runtime | seconds | CPU s | RSS MiB | requests |", "|--:|---|--:|--:|--:|--:|"];
  return [`### ${title}`, "", ...head, ...rows, ""];
}

function rowOf({ tags, runtime, seconds, cpuSeconds, rssMib, requests }: Point): string {
  const figures = [seconds.toFixed(1), cpuSeconds.toFixed(1), rssMib.toFixed(0), requests.toLocaleString("en")];
  return `| ${[tags.toLocaleString("en"), runtime, ...figures].join(" | ")} |`;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
const { values } = parseArgs({
  options: { sizes: { type: "string", default: "1000,10000,100000" }, docs: { type: "boolean", default: false } },
});
const machine = describeMachine();
const imgsync = await buildImgsync();
try {
  const points: Point[] = [];
  for (const size of values.sizes.split(",").map(Number)) points.push(...(await measureSize(size, imgsync.runtimes)));
  const markdown = toMarkdown(points, machine);
  if (values.docs) await writeDocs("curves", markdown);
  process.stdout.write(markdown);
} finally {
  await imgsync.remove();
}
