import { writeFile } from "node:fs/promises";
import type { Context } from "../../../../src/cli/terminal/context.ts";
import { readLockedSetup } from "../../../../src/cli/input/setup.ts";
import { createLoad } from "../../../../src/cli/input/reload.ts";
import { runOnce } from "../../../../src/app/watch/run-once.ts";
import { openWatching } from "../../../../src/app/watch/watching.ts";
import { createEgress } from "../../../../src/http/egress.ts";
import { DEFAULT_TIMEOUTS } from "../../../../src/http/limits.ts";
import { sendNotice } from "../../../../src/http/notice.ts";
import { createRate } from "../../../../src/http/rate.ts";
import { startRegistry } from "../../../support/embedded-registry/registry.ts";
import { smallImage } from "../../../support/images.ts";
import { startJsonServer } from "../../../support/json-server.ts";
import { sleepingClock } from "../support.ts";
import { countListeners, measureMemory, report } from "./measure.ts";

/*
 * Runs as the command does them: reads files, opens and closes connections, looks for credentials, copies images and sends notices.
 * Each run copies an image, and every tenth finds a registry down. Prints the measurements taken after every hundredth run.
 */

const RUNS = 400;
const EACH = 100;

const folder = process.argv[2] ?? "";
process.chdir(folder);
const source = await startRegistry();
const target = await startRegistry();
const receiver = await startJsonServer({ "POST /hook": {}, "GET /beat": {} });
const closed = await startRegistry();
await closed.stop();
await writeFile(
  "images.yaml",
  `version: 1
registries:
  "${source.host}": { plainHttp: true }
  "${target.host}": { plainHttp: true }
  "${closed.host}": { plainHttp: true }
images:
  - { source: "${source.host}/app", target: "${target.host}/app", tags: [stable, { glob: "v*" }] }
  - { source: "${closed.host}/gone:v1", target: "${target.host}/gone", schedule: "*/10 * * * * *" }
`,
);

const drain = new AbortController();
const listeners = countListeners(drain.signal);
const clock = sleepingClock("2026-03-10T00:00:00Z");
const context: Context = {
  environment: {},
  stdout: { write: () => true },
  stderr: { write: () => true },
  interruption: {
    signal: drain.signal,
    exitCode: () => 143,
    interrupt: () => drain.abort(),
    onSecond: () => () => undefined,
  },
};
const flags = { file: "images.yaml", untrusted: false };
const setup = await readLockedSetup(context, flags);
if (setup === undefined) throw new Error("the manifest is not valid");
const egress = createEgress({
  proxies: { http: "", https: "", no: "" },
  timeouts: DEFAULT_TIMEOUTS,
  userAgent: "test",
  clock,
});
const memory = measureMemory();
let run = 0;
const rate = createRate();
const watching = await openWatching({
  addresses: { webhook: new URL(`http://${receiver.host}/hook`), heartbeat: new URL(`http://${receiver.host}/beat`) },
  clock,
  random: Math.random,
  name: "images.yaml",
  defaultSchedule: "* * * * * *",
  timezone: "UTC",
  jitterMs: 0,
  drain: drain.signal,
  manifest: setup.manifest,
  load: createLoad(context, flags, setup),
  run: async (manifest, onAnswer) => {
    if (run % EACH === 0 && run > 0) await memory.sample();
    if (run >= RUNS) drain.abort();
    run += 1;
    source.putImage("app", "stable", smallImage(run % 20));
    // the memory of the test's own servers is not measured
    for (const registry of [source, target]) registry.clearLog();
    receiver.clear();
    const reporter = { report: () => undefined, finish: async () => undefined };
    return runOnce({ setup, manifest, reporter, skipBlocked: true, rate, onAnswer, signal: drain.signal, clock });
  },
  post: (url, body) => sendNotice(egress, url, body),
  warn: () => undefined,
  onManifest: () => undefined,
  listen: { host: "127.0.0.1", port: 0 },
});
await watching.finish();
await watching.close();
await egress.close();
for (const { stop } of [source, target, receiver]) await stop();
report({ runs: run, listeners: listeners(), ...memory.result() });
