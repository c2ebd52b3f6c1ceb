import { formatLeaseName, formatMicroTime, type Lease, type LeaseName, type LeaseRecord } from "../../cluster/lease.ts";
import type { LeaseStore } from "../../cluster/leases.ts";
import { isAbort, toErrorDetails } from "../../model/error.ts";
import type { Clock } from "../../model/ports.ts";
import type { LeaseStatus } from "../../model/watch.ts";
import { defined } from "../../model/defined.ts";
import { inTime } from "./in-time.ts";

/** In milliseconds. `retryMs` < `renewDeadlineMs` < `durationMs`. */
export type LeaseTimings = {
  /** A standby takes the lease if its record has not changed for this long. */
  readonly durationMs: number;
  /** A leader that could not renew for this long stops its work. */
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
};

/** The defaults of client-go, with which the components of Kubernetes elect their leaders. */
export const LEASE_TIMINGS: LeaseTimings = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 };

export type ElectionOptions = {
  readonly store: LeaseStore;
  readonly name: LeaseName;
  /** Different for each process. */
  readonly identity: string;
  readonly clock: Clock;
  /** Returns a number from 0 to 1. */
  readonly random: () => number;
  readonly timings?: LeaseTimings;
  /** Called when this process begins to lead, and when it sees another holder. */
  readonly note: (message: string) => void;
  /** Called when the lease is lost, and once for each reason why it cannot be read or renewed. */
  readonly warn: (message: string) => void;
};

/** Decides whether this process leads. */
export type Election = {
  /** Fires when this process no longer leads. Undefined: it does not lead. Each term has its own signal. */
  readonly term: () => AbortSignal | undefined;
  readonly status: () => LeaseStatus;
  /** Calls the listener when a term begins or ends, until the returned function is called. */
  readonly onChange: (listener: () => void) => () => void;
  /** Stops taking part. Gives the lease back if this process holds it, so that another one can take it at once. */
  readonly end: () => Promise<void>;
};

type Term = { readonly controller: AbortController; disarm: () => void };

/** client-go spreads the attempts of standbys by this share of the period. */
const JITTER = 1.2;
const RELEASE_MS = 2000;
/** A released lease is valid for a moment only, also for clients that ignore an empty holder. */
const RELEASED_MS = 1000;

/**
 * Takes part in leader election as client-go does (k8s.io/client-go/tools/leaderelection): the lease is held as long as its record keeps
 * changing, measured by the observer's own clock, and every change names the version that it is based on. A term counts from the moment at
 * which a renewal was sent, so it ends before any other process may take the lease.
 */
export function startElection(options: ElectionOptions): Election {
  const { store, name, identity, clock, random, timings = LEASE_TIMINGS, note, warn } = options;
  const shown = formatLeaseName(name);
  const ended = new AbortController();
  const listeners = new Set<() => void>();
  let seen: { readonly lease: Lease; readonly at: number } | undefined;
  let term: Term | undefined;
  let problem: string | undefined;

  const changed = (): void => {
    for (const listener of listeners) listener();
  };

  const lose = (reason: string): void => {
    if (term === undefined) return;
    const { controller, disarm } = term;
    term = undefined;
    disarm();
    controller.abort(new DOMException("the lease was lost", "AbortError"));
    warn(`lost the lease ${shown}, so this replica stops its work: ${reason}`);
    changed();
  };

  const lead = (lease: Lease, sentAt: number): void => {
    seen = { lease, at: sentAt };
    if (ended.signal.aborted) return;
    const leftMs = sentAt + timings.renewDeadlineMs - clock.monotonic();
    const late = `it could not be renewed for ${timings.renewDeadlineMs / 1000} s`;
    // the process may have been paused while it waited for the answer
    if (leftMs <= 0) return lose(late);
    const begins = term === undefined;
    term?.disarm();
    term ??= { controller: new AbortController(), disarm: () => undefined };
    term.disarm = clock.alarm(leftMs, () => lose(late));
    if (!begins) return;
    note(`this replica leads: it holds the lease ${shown} as ${identity}`);
    changed();
  };

  const observe = (lease: Lease): void => {
    if (seen !== undefined && isSame(seen.lease.record, lease.record)) {
      seen = { lease, at: seen.at };
      return;
    }
    const before = seen?.lease.record.holder;
    seen = { lease, at: clock.monotonic() };
    const { holder } = lease.record;
    if (holder === identity) return;
    if (holder !== "") lose(`${holder} holds it`);
    if (holder !== "" && holder !== before) note(`standing by: ${holder} holds the lease ${shown}`);
  };

  const recordNow = (before?: LeaseRecord): LeaseRecord => {
    const now = formatMicroTime(clock.now());
    const isMine = before?.holder === identity;
    return {
      holder: identity,
      durationMs: timings.durationMs,
      acquireTime: isMine ? before.acquireTime : now,
      renewTime: now,
      transitions: before === undefined ? 0 : before.transitions + (isMine ? 0 : 1),
    };
  };

  const update = async (lease: Lease, signal: AbortSignal): Promise<"done" | "conflict"> => {
    const sentAt = clock.monotonic();
    const updated = await store.update(lease, recordNow(lease.record), { signal });
    if (updated === "conflict") return "conflict";
    lead(updated, sentAt);
    return "done";
  };

  const acquireOrRenew = async (signal: AbortSignal): Promise<void> => {
    if (term !== undefined && seen !== undefined && (await update(seen.lease, signal)) === "done") return;
    const found = await store.read({ signal });
    if (found === undefined) {
      const sentAt = clock.monotonic();
      const created = await store.create(recordNow(), { signal });
      return created === "conflict" ? undefined : lead(created, sentAt);
    }
    observe(found);
    const { holder, durationMs } = found.record;
    const isHeld = holder !== "" && seen !== undefined && clock.monotonic() < seen.at + durationMs;
    if (!isHeld || holder === identity) await update(found, signal);
  };

  const attempt = async (): Promise<void> => {
    try {
      // two attempts before the deadline
      await inTime(acquireOrRenew, { clock, milliseconds: timings.renewDeadlineMs / 2, signal: ended.signal });
      problem = undefined;
    } catch (thrown) {
      if (ended.signal.aborted) return;
      const { message, hint } = toErrorDetails(thrown);
      const said = isAbort(thrown) ? `the API server did not answer about the lease ${shown}` : message;
      if (said !== problem) warn(hint === undefined ? said : `${said}; ${hint}`);
      problem = said;
    }
  };

  const takePart = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await attempt();
      const milliseconds = term === undefined ? timings.retryMs * (1 + JITTER * random()) : timings.retryMs;
      await clock.sleep(milliseconds, ended.signal).catch((thrown: unknown) => {
        if (!ended.signal.aborted) throw thrown;
      });
    }
  };

  const release = async (signal: AbortSignal): Promise<void> => {
    if (seen === undefined) return;
    const free = (lease: Lease) => {
      const record = { ...recordNow(lease.record), holder: "", durationMs: RELEASED_MS };
      return store.update(lease, record, { signal });
    };
    if ((await free(seen.lease)) !== "conflict") return;
    // a renewal that was cut off may have arrived
    const found = await store.read({ signal });
    if (found?.record.holder === identity) await free(found);
  };

  const running = takePart();
  return {
    term: () => term?.controller.signal,
    status: () => ({
      name: shown,
      identity,
      isLeading: term !== undefined,
      isKnown: seen !== undefined,
      ...defined({ holder: seen?.lease.record.holder || undefined, problem }),
    }),
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    end: async () => {
      ended.abort();
      await running;
      if (term === undefined) return;
      term.disarm();
      term = undefined;
      const never = new AbortController().signal;
      // a lease that is not given back expires
      await inTime(release, { clock, milliseconds: RELEASE_MS, signal: never }).catch(() => undefined);
    },
  };
}

function isSame(one: LeaseRecord, other: LeaseRecord): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
