import { ImgsyncError } from "../model/error.ts";
import type { ApiAnswer, ApiClient } from "./api-client.ts";
import {
  changedLease,
  formatLeaseName,
  type Lease,
  type LeaseName,
  type LeaseRecord,
  newLease,
  parseLease,
} from "./lease.ts";

type Options = { readonly signal: AbortSignal };

/** One Lease in a cluster. Its resourceVersion is the lock: of two clients that change the same version, one gets `conflict`. */
export type LeaseStore = {
  /** Undefined: there is no such lease. */
  readonly read: (options: Options) => Promise<Lease | undefined>;
  readonly create: (record: LeaseRecord, options: Options) => Promise<Lease | "conflict">;
  readonly update: (lease: Lease, record: LeaseRecord, options: Options) => Promise<Lease | "conflict">;
};

const NOT_FOUND = 404;
const CONFLICT = 409;

/** Errors are those of {@link ApiClient}, and REGISTRY_PROTOCOL for an answer that is not a Lease. */
export function createLeaseStore(client: Pick<ApiClient, "request">, name: LeaseName): LeaseStore {
  const shown = formatLeaseName(name);
  const all = `/apis/coordination.k8s.io/v1/namespaces/${name.namespace}/leases`;
  const one = `${all}/${name.name}`;
  return {
    read: async ({ signal }) => {
      const answer = await client.request({
        method: "GET",
        path: one,
        expect: [NOT_FOUND],
        why: `read the lease ${shown}`,
        signal,
      });
      return answer.status === NOT_FOUND ? undefined : leaseIn(answer, shown);
    },
    create: async (record, { signal }) => {
      const body = newLease(name, record);
      const why = `create the lease ${shown}`;
      const answer = await client.request({ method: "POST", path: all, body, expect: [CONFLICT], why, signal });
      return answer.status === CONFLICT ? "conflict" : leaseIn(answer, shown);
    },
    update: async (lease, record, { signal }) => {
      const body = changedLease(lease, record);
      const why = `renew the lease ${shown}`;
      // it may have been deleted since it was read
      const answer = await client.request({
        method: "PUT",
        path: one,
        body,
        expect: [CONFLICT, NOT_FOUND],
        why,
        signal,
      });
      return answer.status === CONFLICT || answer.status === NOT_FOUND ? "conflict" : leaseIn(answer, shown);
    },
  };
}

function leaseIn({ json }: ApiAnswer, shown: string): Lease {
  const lease = parseLease(json);
  if (lease !== undefined) return lease;
  throw new ImgsyncError({ code: "REGISTRY_PROTOCOL", message: `the answer for the lease ${shown} is not a Lease` });
}
