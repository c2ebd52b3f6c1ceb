import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterApi } from "./cluster-api.ts";
import { type Pod, pathOf } from "./pod.ts";

/** Reports the status of a pod as the kubelet does. */
export type PodStatus = {
  readonly running: (restartCount: number, startedAt: Date) => Promise<void>;
  readonly ended: (restartCount: number, exitCode: number) => Promise<void>;
};

const ATTEMPT_MS = 500;
const KILLED = 137;

export function createStatus(api: ClusterApi, pod: Pod): PodStatus {
  const [container] = pod.spec.containers;
  const name = container?.name ?? "";
  const image = container?.image ?? "";
  let startedAt = new Date();
  const patch = async (phase: string, isReady: boolean, restartCount: number, state: object): Promise<void> => {
    const ready = { type: "Ready", status: isReady ? "True" : "False", lastTransitionTime: stamp(new Date()) };
    const one = { name, image, imageID: "", ready: isReady, started: isReady, restartCount, state };
    const status = { phase, startTime: stamp(startedAt), conditions: [ready], containerStatuses: [one] };
    for (;;) {
      const answer = await api.send("PATCH", `${pathOf(pod)}/status`, { status }).catch(() => undefined);
      // the API server may be away; a pod that is gone needs no status
      if (answer !== undefined && answer.status < 500 && answer.status !== 429) return;
      await sleep(ATTEMPT_MS);
    }
  };
  return {
    running: async (restartCount, at) => {
      startedAt = at;
      await patch("Running", true, restartCount, { running: { startedAt: stamp(at) } });
    },
    ended: async (restartCount, exitCode) => {
      const reason = exitCode === 0 ? "Completed" : exitCode === KILLED ? "OOMKilled" : "Error";
      const terminated = { exitCode, reason, startedAt: stamp(startedAt), finishedAt: stamp(new Date()) };
      await patch(exitCode === 0 ? "Succeeded" : "Failed", false, restartCount, { terminated });
    },
  };
}

function stamp(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
