import { setImmediate } from "node:timers/promises";
import type { Context } from "../../../../src/cli/terminal/context.ts";
import { readLockedSetup } from "../../../../src/cli/input/setup.ts";
import { createLoad } from "../../../../src/cli/input/reload.ts";
import { runOnce } from "../../../../src/app/watch/run-once.ts";
import { openWatching, type Watching } from "../../../../src/app/watch/watching.ts";
import type { Clock } from "../../../../src/model/ports.ts";
import { createEgress } from "../../../../src/http/egress.ts";
import { DEFAULT_TIMEOUTS } from "../../../../src/http/limits.ts";
import { sendNotice } from "../../../../src/http/notice.ts";
import { createRate } from "../../../../src/http/rate.ts";

/** Events by time, `HH:MM`, that happen between runs. */
export type Happenings = Readonly<Record<string, () => unknown>>;

export type WatchedDay = {
  readonly file: string;
  readonly defaultSchedule: string;
  readonly webhook: URL;
  readonly heartbeat: URL;
  /** Gets the address of the status pages. */
  readonly happenings: (address: string) => Happenings;
};

export type Day = {
  /** When each run started, `HH:MM`, and its number of entries. */
  readonly runs: readonly string[];
  readonly stderr: string;
  readonly transferredBytes: number;
};

const MIDNIGHT = Date.UTC(2026, 2, 10);
const MINUTE = 60_000;
/** How long reading the manifest takes. At most a hundredth of the time is spent on it, so it is read every 50 seconds. */
const READING_MS = 500;

/** A clock that advances when code sleeps, or when the test simulates slow work. */
export function createDayClock() {
  let time = MIDNIGHT;
  const clock: Clock = {
    monotonic: () => time - MIDNIGHT,
    now: () => new Date(time),
    alarm: () => () => undefined,
    sleep: async (milliseconds, signal) => {
      signal.throwIfAborted();
      time += milliseconds;
    },
  };
  return { clock, pass: (milliseconds: number) => void (time += milliseconds) };
}

export function minutesOf(hoursAndMinutes: string): number {
  const [hours = 0, minutes = 0] = hoursAndMinutes.split(":").map(Number);
  return (hours * 60 + minutes) * MINUTE;
}

/** Watches a manifest from midnight to midnight with real files, registries and receivers; only the time is simulated. */
export async function watchDay(
  { clock, pass }: ReturnType<typeof createDayClock>,
  { file, defaultSchedule, webhook, heartbeat, happenings }: WatchedDay,
): Promise<Day> {
  const drain = new AbortController();
  const printed: string[] = [];
  const runs: string[] = [];
  let transferredBytes = 0;
  const context: Context = {
    environment: {},
    stdout: { write: () => true },
    stderr: { write: (text) => void printed.push(text) },
    interruption: {
      signal: drain.signal,
      exitCode: () => 143,
      interrupt: () => drain.abort(),
      onSecond: () => () => undefined,
    },
  };
  const flags = { file, untrusted: false };
  const setup = await readLockedSetup(context, flags);
  if (setup === undefined) throw new Error(printed.join(""));
  const egress = createEgress({
    proxies: { http: "", https: "", no: "" },
    timeouts: DEFAULT_TIMEOUTS,
    userAgent: "imgsync-test",
    clock,
  });
  const load = createLoad(context, flags, setup);
  const posts = new Set<Promise<void>>();
  const heard = async (): Promise<void> => {
    do {
      await Promise.all(posts);
      await setImmediate();
    } while (posts.size > 0);
  };
  let open: (readonly [number, () => unknown])[] = [];
  const rate = createRate();
  const watching: Watching = await openWatching({
    addresses: { webhook, heartbeat },
    clock: {
      ...clock,
      sleep: async (milliseconds, signal) => {
        await heard();
        const until = clock.monotonic() + milliseconds;
        while (open[0] !== undefined && open[0][0] <= until) await open.shift()?.[1]();
        if (until >= 24 * 60 * MINUTE) drain.abort();
        await clock.sleep(milliseconds, signal);
      },
    },
    random: () => 0,
    name: "images.yaml",
    defaultSchedule,
    timezone: "UTC",
    jitterMs: 0,
    drain: drain.signal,
    manifest: setup.manifest,
    load: async () => {
      pass(READING_MS);
      return load();
    },
    run: async (manifest, onAnswer) => {
      await heard();
      const at = clock.now().toISOString().slice(11, 16);
      const reporter = { report: () => undefined, finish: async () => undefined };
      const signal = drain.signal;
      const report = await runOnce({ setup, manifest, reporter, skipBlocked: true, rate, onAnswer, signal, clock });
      runs.push(`${at} ${manifest.entries.length}`);
      transferredBytes += report.transferredBytes;
      return report;
    },
    post: async (url, body) => {
      const post = sendNotice(egress, url, body);
      const settled = post.catch(() => undefined).finally(() => posts.delete(settled));
      posts.add(settled);
      return post;
    },
    warn: (message) => void printed.push(`warning: ${message}\n`),
    onManifest: () => undefined,
    listen: { host: "127.0.0.1", port: 0 },
  });
  open = Object.entries(happenings(`http://${watching.address}/`))
    .map(([at, happen]) => [minutesOf(at), happen] as const)
    .toSorted(([a], [b]) => a - b);
  try {
    await watching.finish();
    return { runs, stderr: printed.join(""), transferredBytes };
  } finally {
    await watching.close();
    await egress.close();
  }
}
