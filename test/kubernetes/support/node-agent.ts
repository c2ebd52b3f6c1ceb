import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterApi } from "./cluster-api.ts";
import { type ContainerProcess, type LogLine, startContainer } from "./container-process.ts";
import { removeAtExit } from "./ending.ts";
import { type Pod, pathOf } from "./pod.ts";
import { createStatus } from "./pod-status.ts";
import { layOutVolumes } from "./volumes.ts";

/** A pod that the agent has started at least once. */
export type RunningPod = {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The lines of all processes of its container. */
  readonly lines: readonly LogLine[];
  /** When each of its processes was killed by the test. */
  readonly kills: readonly number[];
  readonly isRunning: () => boolean;
  /** Kills its process, as the kernel does when memory is short. Returns false if none is running. */
  readonly kill: () => boolean;
};

/**
 * A double of the kubelet and of the scheduler: takes every pod, runs the command of its only container as a process of this machine, with
 * environment and volumes, restarts it as its policy says, and reports its status. Probes, resources and users are ignored: a container is
 * ready while it runs.
 */
export type NodeAgent = {
  /** In the order of their first start. */
  readonly pods: () => readonly RunningPod[];
  /** Kills all processes and stops. */
  readonly stop: () => Promise<void>;
};

const NODE = "test-node";
const POLL_MS = 200;
const DEFAULT_GRACE_SECONDS = 30;

type Entry = RunningPod & { readonly ended: Promise<void>; readonly terminate: (graceMs: number) => void };

export async function startNodeAgent(api: ClusterApi, port: number): Promise<NodeAgent> {
  const folder = await mkdtemp(join(tmpdir(), "imgsync-pods-"));
  removeAtExit(folder);
  const entries = new Map<string, Entry>();
  const stopped = new AbortController();

  const start = (pod: Pod): void => {
    const place = join(folder, pod.metadata.uid);
    entries.set(pod.metadata.uid, runPod(api, pod, { place, port }));
  };

  const end = async (pod: Pod, entry: Entry | undefined): Promise<void> => {
    entry?.terminate((pod.metadata.deletionGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * 1000);
    if (entry?.isRunning() === true) return;
    await entry?.ended;
    const options = { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: 0 };
    await api.send("DELETE", pathOf(pod), { ...options, preconditions: { uid: pod.metadata.uid } });
  };

  const look = async (): Promise<void> => {
    const { items } = await api.ask<{ items: readonly Pod[] }>("GET", "/api/v1/pods");
    for (const pod of items) {
      const entry = entries.get(pod.metadata.uid);
      if (pod.metadata.deletionTimestamp !== undefined) await end(pod, entry);
      else if (pod.spec.nodeName === undefined) await bind(api, pod);
      else if (entry === undefined) start(pod);
    }
    // a pod that is gone from the API has no right to run
    const known = new Set(items.map(({ metadata }) => metadata.uid));
    for (const [uid, entry] of entries) if (!known.has(uid)) entry.terminate(0);
  };

  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      // pods go on while the API server is away
      await look().catch(() => undefined);
      await sleep(POLL_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };
  const looping = loop();
  return {
    pods: () => [...entries.values()],
    stop: async () => {
      stopped.abort();
      await looping;
      for (const entry of entries.values()) entry.terminate(0);
      await Promise.all([...entries.values()].map(({ ended }) => ended));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function bind(api: ClusterApi, pod: Pod): Promise<void> {
  const { name, namespace } = pod.metadata;
  const target = { apiVersion: "v1", kind: "Node", name: NODE };
  await api.send("POST", `${pathOf(pod)}/binding`, {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name, namespace },
    target,
  });
}

function runPod(api: ClusterApi, pod: Pod, { place, port }: { readonly place: string; readonly port: number }): Entry {
  const lines: LogLine[] = [];
  const kills: number[] = [];
  const status = createStatus(api, pod);
  let process: ContainerProcess | undefined;
  let isEnding = false;
  let isOver = false;

  const runOnce = async (restarts: number, volumes: ReadonlyMap<string, string>): Promise<number> => {
    const [container] = pod.spec.containers;
    if (container === undefined) throw new Error("the pod has no container");
    const folder = join(place, `process-${restarts}`);
    await mkdir(folder, { recursive: true });
    process = await startContainer(pod, container, { folder, volumes, port });
    if (isEnding) process.signal("SIGKILL");
    const shown = process;
    await status.running(restarts, shown.startedAt);
    const { exitCode } = await shown.ended;
    process = undefined;
    lines.push(...shown.lines);
    return exitCode;
  };

  const run = async (): Promise<void> => {
    await mkdir(place, { recursive: true });
    const volumes = await layOutVolumes(api, pod, join(place, "volumes"));
    const { restartPolicy = "Always" } = pod.spec;
    for (let restarts = 0; ; restarts += 1) {
      const exitCode = await runOnce(restarts, volumes);
      const again = restartPolicy === "Always" || (restartPolicy === "OnFailure" && exitCode !== 0);
      if (again && !isEnding) continue;
      isOver = true;
      return status.ended(restarts, exitCode);
    }
  };

  const ended = run().catch(async (thrown: unknown) => {
    lines.push({ at: Date.now(), text: `node agent: ${String(thrown)}` });
    isOver = true;
    await status.ended(0, 128);
  });
  return {
    name: pod.metadata.name,
    namespace: pod.metadata.namespace,
    labels: pod.metadata.labels ?? {},
    annotations: pod.metadata.annotations ?? {},
    get lines() {
      return [...lines, ...(process?.lines ?? [])];
    },
    kills,
    isRunning: () => !isOver,
    kill: () => {
      if (process === undefined) return false;
      kills.push(Date.now());
      process.signal("SIGKILL");
      return true;
    },
    ended,
    terminate: (graceMs) => {
      if (isEnding && graceMs > 0) return;
      isEnding = true;
      process?.signal(graceMs === 0 ? "SIGKILL" : "SIGTERM");
      if (graceMs > 0) setTimeout(() => process?.signal("SIGKILL"), graceMs).unref();
    },
  };
}
