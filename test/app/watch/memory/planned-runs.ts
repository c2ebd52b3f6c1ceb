import { openWatching } from "../../../../src/app/watch/watching.ts";
import { loadSyncManifest } from "../../../../src/load/sync-manifest-files.ts";
import { applyPlan } from "../../../../src/executor/apply.ts";
import { takeSnapshot } from "../../../../src/executor/snapshot.ts";
import { ImgsyncError } from "../../../../src/model/error.ts";
import type { Report } from "../../../../src/model/event.ts";
import type { ManifestContent } from "../../../../src/model/manifest.ts";
import type { Engine, Reader } from "../../../../src/model/ports.ts";
import { formatReference } from "../../../../src/model/reference.ts";
import type { SyncManifest } from "../../../../src/model/sync-manifest.ts";
import { makePlan } from "../../../../src/planner/plan.ts";
import { nextQuestions } from "../../../../src/planner/questions.ts";
import { fetchOnce } from "../../../support/http.ts";
import { smallImage } from "../../../support/images.ts";
import { NO_LOCAL_IMAGES } from "../../../support/scope.ts";
import { sleepingClock } from "../support.ts";
import { measureMemory, report } from "./measure.ts";

/*
 * Ten thousand runs of the whole watch, with the real planner and executor and with maps as registries. Each run finds new tags and
 * hosts, some fail with long messages, the status pages are read, and the manifest is edited. Prints the measurements.
 */

const RUNS = 10_000;
const images = Array.from({ length: 20 }, (_, seed): ManifestContent => {
  const { mediaType, digest, bytes } = smallImage(seed);
  return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
});
/** A different image for each of 20 consecutive runs. */
function imageOf(at: number): ManifestContent {
  const found = images[at % images.length];
  if (found === undefined) throw new Error("there is no image");
  return found;
}

const { manifest } = await loadSyncManifest({ path: process.argv[2] ?? "", cwd: process.cwd(), variables: new Map() });
if (manifest === undefined) throw new Error("the manifest is not valid");
const edited: SyncManifest = { ...manifest, hash: imageOf(1).descriptor.digest };

const drain = new AbortController();
const clock = sleepingClock("2026-03-10T00:00:00Z");
let run = 0;
let posts = 0;
let target = new Map<string, ManifestContent>();

const reader: Reader = {
  resolve: async (reference) => {
    if (reference.repository.host === "t.example") return target.get(formatReference(reference))?.descriptor;
    if (run % 7 === 0)
      throw new ImgsyncError({ code: "REGISTRY_UNREACHABLE", message: `gone in ${run}: ${"?".repeat(2000)}` });
    return imageOf(run).descriptor;
  },
  resolveByContent: async (reference) => target.get(formatReference(reference))?.descriptor,
  listTags: async () => ({ tags: [`v${run}`, `v${run + 1}`], skipped: 0 }),
  listReferrers: async () => [],
  readCreated: async () => undefined,
  readManifest: async ({ digest }) => images.find(({ descriptor }) => descriptor.digest === digest),
};

const engine: Engine = {
  prepare: async () => undefined,
  apply: async (change, { recheck }) => {
    await recheck();
    if (run % 11 === 0) throw new ImgsyncError({ code: "TAG_IMMUTABLE", message: `no: ${run} ${"!".repeat(2000)}` });
    // bounded, since the content of the registry is not measured
    target = new Map([...target, [formatReference(change.target), imageOf(run)] as const].slice(-10));
    return { transferredBytes: 1000, notes: [], ...(change.wanted === undefined ? {} : { digest: change.wanted }) };
  },
};

async function planAndApply(part: SyncManifest, onAnswer: (host: string, status: number) => void): Promise<Report> {
  run += 1;
  onAnswer(`s${run}.storage.example`, 200 + (run % 400));
  if (run % 13 === 0) throw new ImgsyncError({ code: "CONFIG_INVALID", message: `run ${run}` });
  const { signal } = drain;
  const snapshot = await takeSnapshot({
    ask: (known) => nextQuestions(part, known, {}),
    reader,
    localImages: NO_LOCAL_IMAGES,
    signal,
  });
  return applyPlan({
    plan: makePlan(part, snapshot, {}),
    rules: part.rules,
    engineFor: () => engine,
    reader,
    emit: () => undefined,
    clock,
    signal,
    drain: signal,
    concurrency: 4,
    skipBlocked: true,
    failFast: false,
    plannedAt: clock.monotonic(),
  });
}

const memory = measureMemory();
const watching = await openWatching({
  addresses: { webhook: new URL("https://chat.example/x"), heartbeat: new URL("https://beat.example/x") },
  clock,
  random: Math.random,
  name: "images.yaml",
  defaultSchedule: "* * * * * *",
  timezone: "UTC",
  jitterMs: 0,
  drain: drain.signal,
  manifest,
  load: async () =>
    run % 500 === 250 ? { problem: `broken in ${run}` } : { manifest: run % 1000 < 500 ? manifest : edited },
  run: async (part, onAnswer) => {
    if (run % 1000 === 0 && run > 0) {
      for (const path of ["", "status.json", "metrics"]) await fetchOnce(`http://${watching.address}/${path}`);
      await memory.sample();
    }
    if (run >= RUNS) drain.abort();
    return planAndApply(part, onAnswer);
  },
  post: async () => {
    posts += 1;
    if (posts % 5 === 0) throw new Error(`status ${posts}`);
  },
  warn: () => undefined,
  onManifest: () => undefined,
  listen: { host: "127.0.0.1", port: 0 },
});
await watching.finish();
const text = (await fetchOnce(`http://${watching.address}/metrics`)).text;
await watching.close();
report({
  runs: run,
  posts,
  series: text.split("\n").filter((line) => !line.startsWith("#")).length,
  ...memory.result(),
});
