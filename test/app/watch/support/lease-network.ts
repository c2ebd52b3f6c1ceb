import { createLeaseStore, type LeaseStore } from "../../../../src/cluster/leases.ts";
import type { ApiAnswer, ApiRequest } from "../../../../src/cluster/api-client.ts";
import { createLeaseDouble, type LeaseDouble } from "../../../support/lease-server.ts";
import type { SimulatedTime } from "./simulated-time.ts";

export const LEASE = { namespace: "imgsync", name: "watch" } as const;
export const LEASE_PATH = "/apis/coordination.k8s.io/v1/namespaces/imgsync/leases/watch";

/** What happens to one request. Times are in milliseconds. */
export type Fate = {
  readonly toServerMs: number;
  /** Undefined: the answer is lost. */
  readonly backMs: number | undefined;
  /** Whether the request is lost on its way. */
  readonly isLost?: boolean;
};

export const QUICK: Fate = { toServerMs: 1, backMs: 1 };

/**
 * The API server and the network between it and each replica. A request that the client gave up still arrives: only its answer is lost.
 */
export function createLeaseNetwork(time: SimulatedTime): {
  readonly double: LeaseDouble;
  readonly connect: (fateOf: (request: ApiRequest) => Fate) => LeaseStore;
} {
  const double = createLeaseDouble();
  const answer = ({ method, path, body }: ApiRequest): ApiAnswer => {
    const sent: unknown = JSON.parse(JSON.stringify(body ?? null));
    if (method === "GET") return double.get(path);
    return method === "POST" ? double.post(path, sent) : double.put(path, sent);
  };
  const connect = (fateOf: (request: ApiRequest) => Fate): LeaseStore =>
    createLeaseStore(
      {
        request: (request) =>
          new Promise((resolve, reject) => {
            const { signal } = request;
            if (signal.aborted) return reject(signal.reason as Error);
            signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
            const { toServerMs, backMs, isLost = false } = fateOf(request);
            if (isLost) return;
            time.after(toServerMs, () => {
              const given = answer(request);
              if (backMs !== undefined) time.after(backMs, () => resolve(given));
            });
          }),
      },
      LEASE,
    );
  return { double, connect };
}
