import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeFolder } from "../../support/cli.ts";
import { createScope } from "../../support/scope.ts";
import { IN_CLOSING, type Measured } from "./memory/measure.ts";

const { onEnd } = createScope();

const GC =
  process.versions["deno"] === undefined ? ["--expose-gc"] : ["run", "-A", "--no-check", "--v8-flags=--expose-gc"];
const KIB = 1024;

/** Runs a script in its own process, where garbage collection can be triggered and nothing else uses memory. */
async function measure(script: string, ...args: readonly string[]): Promise<Measured> {
  const file = fileURLToPath(new URL(`memory/${script}`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...GC, file, ...args]);
  // the script prints nothing else
  return JSON.parse(stdout) as Measured;
}

/**
 * The bytes that each run leaves behind. The first sample is ignored: it still grows by compiled code and caches. The highest samples of both
 * halves are compared, because V8 sometimes frees 2 MB of compiled code for one sample.
 */
function bytesPerRun({ heap }: Measured, runsPerSample: number): number {
  const settled = heap.slice(1);
  const half = Math.floor(settled.length / 2);
  const [first, last] = [Math.max(...settled.slice(0, half)), Math.max(...settled.slice(half))];
  return (last - first) / ((settled.length - half) * runsPerSample);
}

function hasNothingLeftOpen({ resources }: Measured): boolean {
  return (resources.at(-1) ?? Infinity) <= (resources[0] ?? 0) + IN_CLOSING;
}

describe("the memory of imgsync watch", () => {
  it("is flat over ten thousand runs, each with new tags, hosts, failures and messages", async () => {
    const folder = await makeFolder({
      "images.yaml": `version: 1
defaults: { referrers: false }
images:
  - { source: s.example/app, target: t.example/app, tags: [stable, { glob: "v*" }] }
  - { source: s.example/base, target: t.example/base, tags: [latest], schedule: "*/2 * * * * *" }
`,
    });
    onEnd(folder.remove);
    const measured = await measure("planned-runs.ts", join(folder.path, "images.yaml"));
    assert.ok(measured.runs > 10_000);
    assert.equal(measured.heap.length, 10);
    // a run that is retained as a whole would leave several thousand
    assert.ok(bytesPerRun(measured, 1000) < 250, JSON.stringify(measured));
    assert.ok(hasNothingLeftOpen(measured), JSON.stringify(measured));
    assert.ok((measured.series ?? Infinity) < 300, JSON.stringify(measured));
  });

  it("is flat over runs that read files, open connections and copy images, and no resource stays open", async () => {
    const folder = await makeFolder();
    onEnd(folder.remove);
    const measured = await measure("whole-runs.ts", folder.path);
    assert.equal(measured.heap.length, 4);
    // connections leaked by one run would be more
    assert.ok(bytesPerRun(measured, 100) < 8 * KIB, JSON.stringify(measured));
    assert.ok(hasNothingLeftOpen(measured), JSON.stringify(measured));
    assert.ok((measured.listeners ?? Infinity) <= 20, JSON.stringify(measured));
  });
});
