import type { ClusterApi } from "./cluster-api.ts";
import type { NodeAgent, RunningPod } from "./node-agent.ts";
import { until } from "./until.ts";

export type JobStatus = {
  readonly succeeded?: number;
  readonly failedIndexes?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
};

export type JobEnd = { readonly type: string; readonly status: JobStatus };

/** Waits until a Job is complete or failed. */
export function jobEnd(api: ClusterApi, path: string, limitMs: number): Promise<JobEnd> {
  return until(
    `${path} ends`,
    async () => {
      // the API server may be away
      const answer = await api.send("GET", path).catch(() => undefined);
      const { status } = (answer?.json ?? {}) as { readonly status?: JobStatus };
      const end = status?.conditions?.find((one) => ["Complete", "Failed"].includes(one.type) && one.status === "True");
      return status === undefined || end === undefined ? undefined : { type: end.type, status };
    },
    limitMs,
  );
}

export function podsIn({ pods }: NodeAgent, namespace: string): readonly RunningPod[] {
  return pods().filter((pod) => pod.namespace === namespace);
}

/** The completion index of a pod of an Indexed Job. */
export function indexOf({ annotations }: RunningPod): number {
  return Number(annotations["batch.kubernetes.io/job-completion-index"]);
}

/** The end of what the pods printed, for a test that fails. */
export function endOf(pods: readonly RunningPod[]): string {
  return pods.map(({ name, lines }) => [name, ...lines.slice(-5).map(({ text }) => text)].join("\n  ")).join("\n");
}
