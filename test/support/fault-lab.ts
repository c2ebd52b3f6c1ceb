import { setTimeout as wait } from "node:timers/promises";
import { createRegistryEngine } from "../../src/copy/engine.ts";
import { applyPlan } from "../../src/executor/apply.ts";
import { takeSnapshot } from "../../src/executor/snapshot.ts";
import type { Event, Report } from "../../src/model/event.ts";
import type { Clock } from "../../src/model/ports.ts";
import { makePlan } from "../../src/planner/plan.ts";
import { nextQuestions } from "../../src/planner/questions.ts";
import { parseFit } from "../manifest/parse/support/parse.ts";
import { createTestClient, instantClock } from "./client.ts";
import { startDockerRegistry } from "./docker-registry.ts";
import { type EmbeddedRegistry, startRegistry } from "./embedded-registry/registry.ts";
import { createStore } from "./embedded-registry/store.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { image, smallImage, type TestImage, twoPlatformIndex } from "./images.ts";
import { randomLayer } from "./layers.ts";
import { findProgram } from "./programs.ts";
import { pushImage } from "./push-image.ts";
import { NO_LOCAL_IMAGES } from "./scope.ts";

/** A registry behind the faults; `openHost` gives access to it without faults and login. */
export type Upstream = { readonly host: string; readonly openHost: string; readonly stop: () => Promise<void> };

export const USER = { username: "mirror", password: "canary-7f3a/secret+9" } as const;

/** Starts the real docker-registry if it is installed, otherwise the embedded one. */
export async function startUpstream(): Promise<Upstream> {
  const { host, stop } =
    findProgram("docker-registry") === undefined ? await startRegistry() : await startDockerRegistry();
  return { host, openHost: host, stop };
}

/** Starts a registry with a token service, whose content can be read without a login. */
export async function startGuardedUpstream(): Promise<Upstream> {
  const store = createStore();
  const open = await startRegistry({ store });
  const guarded = await startRegistry({
    store,
    auth: { kind: "token", users: { [USER.username]: USER.password }, expiresIn: 300 },
  });
  return {
    host: guarded.host,
    openHost: open.host,
    stop: async () => {
      await guarded.stop();
      await open.stop();
    },
  };
}

/** Two tags to copy within a registry: the faults affect the first one, and the second one must succeed. */
export type Lab = {
  readonly source: FaultProxy;
  readonly target: FaultProxy;
  readonly upstream: Upstream;
  /** Another host, which must not get any credentials. */
  readonly foreign: EmbeddedRegistry;
  readonly victim: { readonly repository: string; readonly image: TestImage };
  readonly bystander: { readonly repository: string; readonly image: TestImage };
  readonly sourceRepository: string;
  readonly clock: Clock & { readonly slept: number[] };
  readonly stop: () => Promise<void>;
};

let labs = 0;

export async function openLab(upstream: Upstream): Promise<Lab> {
  const number = (labs += 1);
  const [source, target] = [await startFaultProxy(upstream.host), await startFaultProxy(upstream.host)];
  const foreign = await startRegistry();
  const name = `lab${number}`;
  const victim = image({ layers: [randomLayer({ size: 60_000, seed: number })], labels: { name } });
  const other = smallImage(1_000_000 + number);
  await pushImage(upstream.openHost, `src/${name}`, "v1", victim);
  await pushImage(upstream.openHost, `src/${name}-other`, "v1", other);
  return {
    source,
    target,
    upstream,
    foreign,
    victim: { repository: `dst/${name}`, image: victim },
    bystander: { repository: `dst/${name}-other`, image: other },
    sourceRepository: `src/${name}`,
    clock: instantClock(),
    stop: async () => {
      await source.stop();
      await target.stop();
      await foreign.stop();
    },
  };
}

/** Returns the lab with an index of two platforms instead of the image. */
export async function withIndex(lab: Lab): Promise<Lab> {
  const index = twoPlatformIndex(labs);
  await pushImage(lab.upstream.openHost, lab.sourceRepository, "v1", index);
  return { ...lab, victim: { ...lab.victim, image: index } };
}

export type Run = {
  readonly report: Report;
  readonly events: readonly Event[];
  readonly warnings: readonly string[];
  readonly requests: number;
};

export type RunOptions = {
  /** The real time that an answer may take; only tests with silent servers shorten it. */
  readonly patienceMs?: number;
  readonly random?: () => number;
};

const DEADLINE_MS = 30_000;

/** Plans and applies like the command line, in this process, with a clock that never waits. */
export async function runLab(lab: Lab, { patienceMs = 10_000, random }: RunOptions = {}): Promise<Run> {
  lab.source.clearLog();
  lab.target.clearLog();
  const client = createTestClient({
    users: { [lab.source.host]: USER, [lab.target.host]: USER },
    clock: lab.clock,
    timeouts: { headersMs: patienceMs, finalPutHeadersMs: patienceMs, bodyIdleMs: patienceMs },
    ...(random === undefined ? {} : { random }),
  });
  const { signal } = new AbortController();
  const events: Event[] = [];
  const run = async (): Promise<Report> => {
    const manifest = parseFit(manifestOf(lab));
    const { reader } = client;
    const snapshot = await takeSnapshot({
      ask: (known) => nextQuestions(manifest, known, {}),
      reader,
      localImages: NO_LOCAL_IMAGES,
      deadline: { clock: lab.clock, milliseconds: client.timeouts.itemMs },
      signal,
    });
    const engine = createRegistryEngine({ client, transfers: 4 });
    return applyPlan({
      plan: makePlan(manifest, snapshot),
      rules: [],
      engineFor: () => engine,
      reader,
      emit: (event) => events.push(event),
      clock: lab.clock,
      signal,
      concurrency: 4,
      itemMs: client.timeouts.itemMs,
      skipBlocked: false,
      failFast: false,
      plannedAt: lab.clock.monotonic(),
    });
  };
  const patience = new AbortController();
  try {
    const report = await Promise.race([run(), tooLate(patience.signal)]);
    return { report, events, warnings: client.warnings, requests: lab.source.log.length + lab.target.log.length };
  } finally {
    patience.abort();
    await client.close();
  }
}

function manifestOf(lab: Lab): string {
  const { source, target, victim, bystander, sourceRepository } = lab;
  return [
    "version: 1",
    "images:",
    `  - { source: "${source.host}/${sourceRepository}:v1", target: "${target.host}/${victim.repository}" }`,
    `  - { source: "${source.host}/${sourceRepository}-other:v1", target: "${target.host}/${bystander.repository}" }`,
    "",
  ].join("\n");
}

/** Returns an images.yaml with only the victim, for the real command line. */
export function writeManifest({ source, target, sourceRepository, victim }: Lab): string {
  return [
    "version: 1",
    "registries:",
    `  ${source.host}: { plainHttp: true }`,
    `  ${target.host}: { plainHttp: true }`,
    "images:",
    `  - { source: "${source.host}/${sourceRepository}:v1", target: ${target.host}/${victim.repository} }`,
    "",
  ].join("\n");
}

async function tooLate(signal: AbortSignal): Promise<never> {
  await wait(DEADLINE_MS, undefined, { signal }).catch(() => undefined);
  throw new Error("the run did not end");
}
