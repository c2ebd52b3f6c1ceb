import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Case, Road, Step } from "../cases.ts";
import { type Counts, countsSince, type Line, sumCounts } from "../lines/counts.ts";
import { startLimiter } from "../lines/limiter.ts";
import { startWire } from "../lines/wire.ts";
import { onePercentChanged } from "../sets/small-images.ts";
import type { BenchSet } from "../sets/bench-set.ts";
import { type Job, PREFIX, type Tool } from "../tools/tool.ts";
import { type Measured, measure } from "./measure.ts";
import { type BenchRegistry, startRegistry } from "./registry.ts";

/** One run of one tool. */
export type Sample = {
  readonly step: Step;
  readonly measured: Measured;
  /** Undefined if the tool spoke to the registries directly. */
  readonly counts: Counts | undefined;
  /** Why it does not count; undefined if every digest is right. */
  readonly failure: string | undefined;
  /** Digest tags of signatures that arrived. */
  readonly attached: number;
};

export type RunOptions = {
  readonly source: BenchRegistry;
  readonly set: BenchSet;
  /** Counts what passes, on roads where that needs a line of its own. */
  readonly isCounting: boolean;
  /** Different for each run, so that what changes is never known. */
  readonly version: number;
  /** A tool that takes longer is stopped, and shown as failed. */
  readonly timeoutMs: number;
};

/** Runs all steps of a case with a fresh target, and compares every digest after each. */
export async function runTool(
  tool: Tool,
  { road, steps, startsSynced = false }: Case,
  options: RunOptions,
): Promise<readonly Sample[]> {
  const { source, set, version } = options;
  const target = await startRegistry(startsSynced ? (storage) => storage.write(set, PREFIX) : undefined);
  const folder = await mkdtemp(join(tmpdir(), "imgsync-bench-run-"));
  const lines = await openLines([source, target], road, options.isCounting);
  const [from, to] = [lines[0]?.host ?? source.host, lines[1]?.host ?? target.host];
  const samples: Sample[] = [];
  try {
    for (const step of steps) {
      const wanted = step === "changed" ? onePercentChanged(set, version) : set;
      if (step === "changed") await source.storage.write(wanted);
      const job: Job = { folder, source: from, target: to, set: wanted };
      const command = await tool.prepare(job);
      const before = lines.map(({ counts }) => ({ ...counts }));
      const environment = { DOCKER_CONFIG: folder, XDG_RUNTIME_DIR: folder, ...tool.environment };
      const measured = await measure(command, { environment, folder, timeoutMs: options.timeoutMs });
      const counts = lines.map((line, at) => countsSince(line.counts, before[at] ?? line.counts));
      if (step === "changed") await source.storage.write(set);
      samples.push({
        step,
        measured,
        counts: lines.length === 0 ? undefined : sumCounts(counts),
        failure: failureOf(measured, target.storage.compare(wanted, PREFIX)),
        attached: target.storage.countAttached(wanted, PREFIX),
      });
    }
    return samples;
  } finally {
    await Promise.all(lines.map(({ stop }) => stop()));
    await target.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function openLines(registries: readonly BenchRegistry[], road: Road, isCounting: boolean): Promise<readonly Line[]> {
  return Promise.all(
    registries.flatMap(({ host }): Promise<Line>[] => {
      if (road.kind === "far") return [startWire(host, road)];
      if (road.kind === "limited") return [startLimiter(host, road)];
      return isCounting ? [startWire(host)] : [];
    }),
  );
}

function failureOf({ code, output }: Measured, differences: readonly string[]): string | undefined {
  if (code !== 0) return `exit code ${code ?? "none: ended after the time limit"}: ${lastLine(output)}`;
  if (differences.length > 0) return `${differences.length} differences, such as ${differences[0]}`;
  return undefined;
}

function lastLine(output: string): string {
  return output.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
}
