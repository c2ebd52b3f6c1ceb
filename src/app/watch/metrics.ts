import { STATUS_CODES } from "node:http";
import type * as Client from "prom-client";
import type { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Action } from "../../model/plan.ts";
import { isClean, type RunRecord } from "../../model/watch.ts";
import type { AfterRun } from "./watch.ts";

/** The Prometheus metrics. Labels have few values (registry hosts, statuses, actions), never a tag or a message. */
export type Metrics = {
  readonly onRun: (record: RunRecord, after: AfterRun) => void;
  readonly onAnswer: (host: string, status: number) => void;
  readonly onManifest: (isGood: boolean) => void;
  /** Called only if replicas elect a leader. */
  readonly onTerm: (isLeading: boolean) => void;
  readonly render: () => Promise<{ readonly type: string; readonly text: string }>;
};

const SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600];
/** A manifest names few hosts, but redirects can lead to any number of storage host names. */
const MOST_HOSTS = 100;
const MAKING_CHANGES: readonly Action[] = ["create", "update", "attach", "delete"];

export async function createMetrics({ version }: { readonly version: string }): Promise<Metrics> {
  const client = await import("prom-client");
  const registry = new client.Registry();
  const meters = createMeters(client, registry);
  new client.Gauge({
    name: "imgsync_build_info",
    help: "1, with the version as a label.",
    labelNames: ["version"],
    registers: [registry],
  }).set({ version }, 1);
  // rate() misses the first event of a series that starts with it
  for (const result of ["clean", "failed"]) meters.runs.inc({ result }, 0);
  for (const action of MAKING_CHANGES) meters.changes.inc({ action }, 0);
  const hosts = new Set<string>();
  let leader: Gauge | undefined;
  return {
    onRun: (record, { now, blocked, troubles }) => {
      meters.runs.inc({ result: isClean(record) ? "clean" : "failed" });
      meters.seconds.observe(record.milliseconds / 1000);
      meters.bytes.inc(record.transferredBytes);
      meters.blocked.set(blocked);
      for (const [outcome, count] of Object.entries(record.outcomes)) meters.outcomes.inc({ outcome }, count);
      for (const [action, count] of record.applied) meters.changes.inc({ action }, count);
      if (isClean(record) && troubles.size === 0) meters.lastSuccess.set(now.getTime() / 1000);
    },
    onAnswer: (host, status) => {
      if (hosts.size < MOST_HOSTS) hosts.add(host);
      // a server may answer with any number, and each would create a series
      const known = status in STATUS_CODES ? String(status) : "other";
      meters.requests.inc({ host: hosts.has(host) ? host : "other", status: known });
    },
    onManifest: (isGood) => meters.manifest.set(isGood ? 1 : 0),
    onTerm: (isLeading) => {
      leader ??= createLeaderGauge(client, registry);
      leader.set(isLeading ? 1 : 0);
      // what it last found is up to the new leader
      if (!isLeading) meters.blocked.set(0);
    },
    render: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  };
}

type Meters = {
  readonly runs: Counter<"result">;
  readonly outcomes: Counter<"outcome">;
  readonly changes: Counter<"action">;
  readonly bytes: Counter;
  readonly requests: Counter<"host" | "status">;
  readonly seconds: Histogram;
  readonly blocked: Gauge;
  readonly manifest: Gauge;
  readonly lastSuccess: Gauge;
};

function createLeaderGauge({ Gauge }: typeof Client, registry: Registry): Gauge {
  return new Gauge({
    name: "imgsync_leader",
    help: "1 while this replica holds the lease and runs the schedules, otherwise 0.",
    registers: [registry],
  });
}

function createMeters({ Counter, Gauge, Histogram }: typeof Client, registry: Registry): Meters {
  const registers = [registry];
  return {
    runs: new Counter({
      name: "imgsync_runs_total",
      help: "Runs, by whether every tag ended as the manifest declares.",
      labelNames: ["result"],
      registers,
    }),
    outcomes: new Counter({
      name: "imgsync_outcomes_total",
      help: "Target tags checked, by outcome.",
      labelNames: ["outcome"],
      registers,
    }),
    changes: new Counter({
      name: "imgsync_changes_total",
      help: "Changes applied, by action.",
      labelNames: ["action"],
      registers,
    }),
    bytes: new Counter({ name: "imgsync_transferred_bytes_total", help: "Bytes sent to targets.", registers }),
    requests: new Counter({
      name: "imgsync_requests_total",
      help: "Requests answered, by host and status.",
      labelNames: ["host", "status"],
      registers,
    }),
    seconds: new Histogram({
      name: "imgsync_run_seconds",
      help: "Duration of runs.",
      buckets: SECONDS,
      registers,
    }),
    blocked: new Gauge({
      name: "imgsync_blocked_tags",
      help: "Immutable target tags that differ from the manifest.",
      registers,
    }),
    manifest: new Gauge({
      name: "imgsync_manifest_valid",
      help: "1 if the manifest was valid when last read, 0 if an older one is in use.",
      registers,
    }),
    lastSuccess: new Gauge({
      name: "imgsync_last_success_timestamp_seconds",
      help: "Time of the last run that left every tag as the manifest declares.",
      registers,
    }),
  };
}
