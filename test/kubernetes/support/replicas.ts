import type { ClusterApi } from "./cluster-api.ts";
import type { NodeAgent, RunningPod } from "./node-agent.ts";
import { until } from "./until.ts";

/** One run of a schedule by one process. */
export type SeenRun = {
  readonly pod: string;
  /** Different for each process. */
  readonly identity: string;
  readonly startedAt: number;
  /** Undefined: not seen to end. */
  readonly endedAt: number | undefined;
  readonly schedules: readonly string[];
};

type Status = {
  readonly state: string;
  readonly progress?: { readonly startedAt: string; readonly schedules: readonly string[] };
  readonly lease?: { readonly identity: string; readonly leading: boolean; readonly holder?: string };
  readonly runs: readonly {
    readonly startedAt: string;
    readonly milliseconds: number;
    readonly schedules: readonly string[];
  }[];
};

/** Follows the status pages of all replicas, so that the runs of a killed process are known too. */
export type Follower = {
  readonly runs: () => readonly SeenRun[];
  /** The pods whose process says at the moment that it leads. */
  readonly leaders: () => readonly RunningPod[];
  readonly statusOf: (pod: RunningPod) => Promise<Status | undefined>;
  readonly stop: () => Promise<void>;
};

const POLL_MS = 100;
const ANSWER_MS = 2000;

export function followReplicas(agent: NodeAgent): Follower {
  const runs = new Map<string, SeenRun>();
  let leaders: readonly RunningPod[] = [];
  const stopped = new AbortController();

  const statusOf = async (pod: RunningPod): Promise<Status | undefined> => {
    // the last one: a restarted process has another port
    const url = pod.lines.findLast(({ text }) => text.startsWith("status on "))?.text.replace("status on ", "");
    if (url === undefined || !pod.isRunning()) return undefined;
    const answer = await fetch(`${url}status.json`, { signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => undefined);
    return answer?.ok === true ? ((await answer.json()) as Status) : undefined;
  };

  const keep = (pod: string, { lease, runs: ended, progress }: Status): void => {
    const identity = lease?.identity ?? "";
    const add = (startedAt: string, schedules: readonly string[], milliseconds?: number): void => {
      const at = Date.parse(startedAt);
      const endedAt = milliseconds === undefined ? runs.get(`${identity} ${at}`)?.endedAt : at + milliseconds;
      runs.set(`${identity} ${at}`, { pod, identity, startedAt: at, endedAt, schedules });
    };
    if (progress !== undefined) add(progress.startedAt, progress.schedules);
    for (const run of ended) add(run.startedAt, run.schedules, run.milliseconds);
  };

  const look = async (): Promise<void> => {
    const found = await Promise.all(
      agent.pods().map(async (pod) => {
        const status = await statusOf(pod);
        if (status !== undefined) keep(pod.name, status);
        return status?.lease?.leading === true ? [pod] : [];
      }),
    );
    leaders = found.flat();
  };
  const looping = (async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  })();
  return {
    runs: () => [...runs.values()].toSorted((a, b) => a.startedAt - b.startedAt),
    leaders: () => leaders,
    statusOf,
    stop: async () => {
      stopped.abort();
      await looping;
    },
  };
}

/** Waits until exactly one pod leads, which is not one of `but`. */
export function untilOneLeads(follower: Follower, but: readonly RunningPod[] = []): Promise<RunningPod> {
  return until("one replica leads", () => {
    const [leader, ...more] = follower.leaders();
    return more.length === 0 && leader !== undefined && !but.includes(leader) ? leader : undefined;
  });
}

export async function leaseOf(
  api: ClusterApi,
  namespace: string,
  name: string,
): Promise<{ holderIdentity?: string; leaseTransitions?: number }> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`;
  return (await api.ask<{ spec: { holderIdentity?: string; leaseTransitions?: number } }>("GET", path)).spec;
}
