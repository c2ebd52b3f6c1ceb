import { asObject, memberOf, textIn } from "../model/json.ts";

/**
 * A Lease of coordination.k8s.io/v1, with the fields that leader election uses. Times in it are for people: each process measures with its
 * own clock how long a record has not changed, so that clocks may differ.
 */
export type Lease = {
  readonly record: LeaseRecord;
  /** The object as the server sent it, whose other fields an update must keep; it holds the resourceVersion. */
  readonly object: ReadonlyMap<string, unknown>;
};

export type LeaseRecord = {
  /** Empty: it is free. */
  readonly holder: string;
  readonly durationMs: number;
  readonly acquireTime: string;
  readonly renewTime: string;
  readonly transitions: number;
};

export type LeaseName = { readonly namespace: string; readonly name: string };

/** RFC 1123 labels, and names of up to 253 characters. */
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

/** Parses `NAMESPACE/NAME` or `NAME`. Returns undefined for anything else. */
export function parseLeaseName(text: string): { readonly namespace?: string; readonly name: string } | undefined {
  const [first = "", second, ...rest] = text.split("/");
  if (rest.length > 0) return undefined;
  if (second === undefined) return NAME.test(first) ? { name: first } : undefined;
  return isNamespace(first) && NAME.test(second) ? { namespace: first, name: second } : undefined;
}

export function isNamespace(text: string): boolean {
  return NAMESPACE.test(text);
}

export function formatLeaseName({ namespace, name }: LeaseName): string {
  return `${namespace}/${name}`;
}

/** Returns undefined if the JSON is not a Lease with a resourceVersion. */
export function parseLease(json: unknown): Lease | undefined {
  const object = asObject(json);
  if (object === undefined || object.get("kind") !== "Lease") return undefined;
  if (textIn(memberOf(object.get("metadata"), "resourceVersion")) === undefined) return undefined;
  const spec = object.get("spec");
  const text = (key: string): string => textIn(memberOf(spec, key)) ?? "";
  const count = (key: string): number => {
    const value = memberOf(spec, key);
    return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;
  };
  const record = {
    holder: text("holderIdentity"),
    durationMs: count("leaseDurationSeconds") * 1000,
    acquireTime: text("acquireTime"),
    renewTime: text("renewTime"),
    transitions: count("leaseTransitions"),
  };
  return { record, object };
}

/** The object that creates a lease. */
export function newLease({ namespace, name }: LeaseName, record: LeaseRecord): object {
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { namespace, name }, spec: encode(record) };
}

/** The object that updates a lease, if it still has the resourceVersion of the one that was read. */
export function changedLease({ object }: Lease, record: LeaseRecord): object {
  const spec = Object.fromEntries(asObject(object.get("spec")) ?? []);
  return { ...Object.fromEntries(object), spec: { ...spec, ...encode(record) } };
}

/** Kubernetes parses a MicroTime only with six digits after the point. */
export function formatMicroTime(time: Date): string {
  return time.toISOString().replace(/\.(\d{3})Z$/, ".$1000Z");
}

function encode({ holder, durationMs, acquireTime, renewTime, transitions }: LeaseRecord): object {
  return {
    holderIdentity: holder,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime,
    renewTime,
    leaseTransitions: transitions,
  };
}
