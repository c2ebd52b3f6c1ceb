import { secret } from "../../src/model/secret.ts";
import type { Trace } from "../../src/model/trace.ts";
import { defaultHostSettings, type HostSettings } from "../../src/model/host-settings.ts";
import type { Clock, Credentials } from "../../src/model/ports.ts";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import type { Proxies } from "../../src/http/proxies.ts";
import { createEgress, type Egress } from "../../src/http/egress.ts";
import { DEFAULT_TIMEOUTS, type Timeouts } from "../../src/http/limits.ts";

export type TestClient = RegistryClient & {
  readonly egress: Egress;
  readonly warnings: string[];
  readonly close: () => Promise<void>;
};

export type TestClientOptions = {
  readonly users?: Readonly<Record<string, { username: string; password: string }>>;
  readonly settings?: (host: string) => Partial<HostSettings>;
  readonly clock?: Clock;
  readonly timeouts?: Partial<Timeouts>;
  readonly random?: () => number;
  readonly onlyHosts?: ReadonlySet<string>;
  readonly proxies?: Partial<Proxies>;
  readonly trace?: Trace;
  readonly sharedBy?: number;
};

/** Creates a client for registries on loopback over plain http, with a clock that never waits. */
export function createTestClient({
  users = {},
  settings = () => ({}),
  clock = instantClock(),
  timeouts: shorter = {},
  random = () => 0,
  onlyHosts,
  proxies = {},
  trace,
  sharedBy = 1,
}: TestClientOptions = {}): TestClient {
  const warnings: string[] = [];
  const timeouts = { ...DEFAULT_TIMEOUTS, ...shorter };
  const egress = createEgress({
    proxies: { http: "", https: "", no: "", ...proxies },
    timeouts,
    userAgent: "imgsync-test",
    clock,
    trace,
    ...(onlyHosts === undefined ? {} : { onlyHosts }),
  });
  const credentials: Credentials = {
    find: async ({ host }) => {
      const user = users[host];
      return user === undefined
        ? undefined
        : { kind: "basic", username: user.username, password: secret(user.password), origin: "the test" };
    },
  };
  const client = createRegistryClient({
    egress,
    credentials,
    clock,
    random,
    timeouts,
    sharedBy,
    settingsFor: (host) => ({ ...defaultHostSettings(host), plainHttp: true, ...settings(host) }),
    onWarning: (_, text) => warnings.push(text),
  });
  return { ...client, egress, warnings, close: egress.close };
}

/** Creates a clock whose time passes only in `sleep`, which rings due alarms; `slept` has the waits in milliseconds. */
export function instantClock(): Clock & { readonly slept: number[] } {
  let time = 0;
  const slept: number[] = [];
  const alarms = new Set<{ readonly at: number; readonly ring: () => void }>();
  return {
    slept,
    monotonic: () => time,
    now: () => new Date(Date.UTC(2026, 0, 1) + time),
    sleep: async (milliseconds, signal) => {
      signal.throwIfAborted();
      slept.push(milliseconds);
      const until = time + milliseconds;
      for (let next = firstOf(alarms, until); next !== undefined; next = firstOf(alarms, until)) {
        time = Math.max(time, next.at);
        alarms.delete(next);
        next.ring();
      }
      time = Math.max(time, until);
      signal.throwIfAborted();
    },
    alarm: (milliseconds, ring) => {
      const one = { at: time + milliseconds, ring };
      alarms.add(one);
      return () => void alarms.delete(one);
    },
  };
}

function firstOf<T extends { readonly at: number }>(alarms: ReadonlySet<T>, until: number): T | undefined {
  return [...alarms].filter(({ at }) => at <= until).toSorted((one, other) => one.at - other.at)[0];
}
