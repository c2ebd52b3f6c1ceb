import { randomUUID } from "node:crypto";
import { systemClock } from "../../async/system-clock.ts";
import { readTextFile } from "../../files/read-text-file.ts";
import { readProxies } from "../../http/proxies.ts";
import { createApiClient } from "../../cluster/api-client.ts";
import { type ApiServer, findApiServer } from "../../cluster/api-server.ts";
import { isNamespace, type LeaseName } from "../../cluster/lease.ts";
import { createLeaseStore } from "../../cluster/leases.ts";
import { ImgsyncError } from "../../model/error.ts";
import type { Settings } from "../../settings/settings.ts";
import { VERSION } from "../session/version.ts";
import type { World } from "../session/world.ts";
import { type Election, type ElectionOptions, startElection } from "./election.ts";

/** As given: without a namespace, it is that of the pod. */
export type GivenLease = { readonly namespace?: string; readonly name: string };

export type LeaseOptions = Pick<ElectionOptions, "note" | "warn"> & {
  readonly given: GivenLease;
  readonly world: Pick<World, "environment" | "trace">;
  readonly settings: Settings;
  /** The name of this machine or pod, for people who read the lease. */
  readonly hostName: string;
};

const MOST_NAMESPACE_BYTES = 1024;

/**
 * Starts to take part in the election of a leader by a Lease.
 * @throws ImgsyncError USAGE if no API server or no namespace is known
 */
export async function openElection({ given, world, settings, hostName, note, warn }: LeaseOptions): Promise<Election> {
  const server = findApiServer(world.environment, settings);
  const name: LeaseName = { name: given.name, namespace: given.namespace ?? (await namespaceOf(server)) };
  const proxies = readProxies(world.environment);
  const client = createApiClient(server, { proxies, userAgent: `imgsync/${VERSION}`, trace: world.trace });
  const election = startElection({
    store: createLeaseStore(client, name),
    name,
    // a restarted process is another one: it does not know what the one before had begun
    identity: `${hostName}_${randomUUID()}`,
    clock: systemClock,
    random: Math.random,
    note,
    warn,
  });
  return {
    ...election,
    end: async () => {
      await election.end();
      await client.close();
    },
  };
}

async function namespaceOf({ namespaceFile }: ApiServer): Promise<string> {
  const read = namespaceFile === undefined ? undefined : await readTextFile(namespaceFile, MOST_NAMESPACE_BYTES);
  const text = read === undefined || "problem" in read ? "" : read.text.trim();
  if (isNamespace(text)) return text;
  throw new ImgsyncError({
    code: "USAGE",
    message: "the namespace of the lease is unknown",
    hint: "write --lease NAMESPACE/NAME",
  });
}
