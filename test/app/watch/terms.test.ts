import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMetrics } from "../../../src/app/watch/metrics.ts";
import { createPages } from "../../../src/app/watch/pages.ts";
import { createWatch, type Watch } from "../../../src/app/watch/watch.ts";
import { encodeStatus } from "../../../src/documents/status-document.ts";
import type { Report } from "../../../src/model/event.ts";
import type { LeaseStatus, WatchStatus } from "../../../src/model/watch.ts";
import { renderStatusPage } from "../../../src/reporters/html/status-page.ts";
import { validate } from "../../../src/schema/validate.ts";
import { emptyReport, entry, manifestOf, readMetrics, sleepingClock, status } from "./support.ts";

const LEASE: LeaseStatus = { name: "imgsync/watch", identity: "watch-0_a", isLeading: false, isKnown: true };

/** Watches from midnight on a simulated clock, and leads between some of the times. */
async function watchWithTerms(terms: readonly (readonly [from: string, to: string])[], until: string, run?: Run) {
  const drain = new AbortController();
  const at = (text: string): number => new Date(`2026-03-10T${text}Z`).getTime();
  const seen: string[] = [];
  const ran: string[] = [];
  const leading: boolean[] = [];
  let current: { readonly controller: AbortController; readonly end: number } | undefined;
  const update = (now: Date): void => {
    if (current !== undefined && now.getTime() >= current.end) {
      const { controller } = current;
      current = undefined;
      controller.abort(new DOMException("the lease was lost", "AbortError"));
    }
    const term = terms.find(([from, to]) => at(from) <= now.getTime() && now.getTime() < at(to));
    if (term !== undefined) current ??= { controller: new AbortController(), end: at(term[1]) };
  };
  const clock = sleepingClock("2026-03-10T00:00:00Z", {
    onSleep: (now) => {
      update(now);
      const { state, health } = watch.status();
      if (seen.at(-1)?.endsWith(`${state} ${health}`) !== true)
        seen.push(`${now.toISOString().slice(11, 19)} ${state} ${health}`);
      if (now.getTime() >= at(until)) drain.abort();
    },
  });
  update(clock.now());
  const watch: Watch = createWatch({
    clock,
    version: "0",
    name: "images.yaml",
    defaultSchedule: "0 * * * *",
    timezone: "UTC",
    jitterMs: 0,
    random: () => 0,
    drain: drain.signal,
    manifest: manifestOf([entry("r.example/a")]),
    load: async () => ({ manifest: manifestOf([entry("r.example/a")]) }),
    election: {
      term: () => current?.controller.signal,
      status: () => ({ ...LEASE, isLeading: current !== undefined }),
      onChange: () => () => undefined,
    },
    run: async (_, _listener, term) => {
      assert.ok(term !== undefined, "a run always belongs to a term");
      ran.push(clock.now().toISOString().slice(11, 16));
      return run === undefined ? emptyReport() : run(term, (milliseconds) => clock.sleep(milliseconds, drain.signal));
    },
    observe: { onRun: () => {}, onManifest: () => {}, onTerm: (isLeading) => void leading.push(isLeading) },
  });
  await watch.start();
  return { ran, seen, leading, status: watch.status() };
}

type Run = (term: AbortSignal, pass: (milliseconds: number) => Promise<void>) => Promise<Report>;

describe("a watch with an election", () => {
  it("runs nothing while another replica leads, and everything when it begins to lead", async () => {
    const { ran, seen, leading } = await watchWithTerms([["01:30:00", "03:10:00"]], "05:00:00");
    assert.deepEqual(ran, ["01:30", "02:00", "03:00"]);
    assert.deepEqual(leading, [false, true, false]);
    assert.deepEqual(seen, [
      "00:00:10 standby unknown",
      "01:30:00 waiting unknown",
      "01:30:10 waiting in-sync",
      "03:10:00 standby unknown",
    ]);
  });

  it("begins again with everything in each term, because another replica may have led in between", async () => {
    const terms = [
      ["00:00:00", "00:30:00"],
      ["00:30:00", "00:40:00"],
      ["00:50:00", "01:10:00"],
    ] as const;
    const { ran } = await watchWithTerms(terms, "02:00:00");
    assert.deepEqual(ran, ["00:00", "00:30", "00:50", "01:00"]);
  });

  it("keeps no result of a run that stopped with the term while it was reading", async () => {
    const { ran, status } = await watchWithTerms(
      [
        ["00:00:00", "00:10:00"],
        ["00:20:00", "00:40:00"],
      ],
      "00:30:00",
      async (term, pass) => {
        for (let seconds = 0; seconds < 1200 && !term.aborted; seconds += 10) await pass(10_000);
        term.throwIfAborted();
        return emptyReport();
      },
    );
    assert.deepEqual(ran, ["00:00", "00:20"]);
    assert.equal(status.totals.runs, 0);
  });

  it("is not in sync because of what it found in an earlier term", async () => {
    const { status } = await watchWithTerms([["00:00:00", "00:30:00"]], "01:00:00");
    assert.equal(status.totals.runs, 1);
    assert.equal(status.health, "unknown");
    assert.deepEqual(status.due, []);
  });
});

describe("the status of a replica", () => {
  const standby: WatchStatus = status({
    state: "standby",
    lease: { ...LEASE, holder: "watch-1_b", problem: "no <answer>" },
  });

  it("shows who leads", async () => {
    const document = encodeStatus(standby);
    assert.deepEqual(document.lease, {
      name: "imgsync/watch",
      identity: "watch-0_a",
      leading: false,
      holder: "watch-1_b",
      problem: "no <answer>",
    });
    assert.deepEqual(await validate("status", document), []);
    const page = renderStatusPage(standby);
    assert.match(page, /standing by/);
    assert.match(page, /<span class="name">watch-1_b<\/span> holds it/);
    assert.match(page, /no &lt;answer&gt;/);
    const leader = { ...LEASE, isLeading: true, holder: LEASE.identity };
    assert.match(renderStatusPage(status({ lease: leader })), /this replica leads, as <span class="name">watch-0_a/);
  });

  it("is ready as soon as it knows who leads, so that a standby does not hold up a rollout", async () => {
    const ready = async (one: WatchStatus): Promise<number | undefined> => {
      const pages = createPages({
        status: () => one,
        metrics: await createMetrics({ version: "0" }),
        render: { html: renderStatusPage, json: () => "" },
      });
      return (await pages.get("/readyz")?.())?.status;
    };
    assert.equal(await ready(standby), 200);
    assert.equal(await ready(status({ state: "standby", lease: { ...LEASE, isKnown: false } })), 503);
    assert.equal(await ready({ ...standby, state: "draining" }), 503);
    assert.equal(await ready(status()), 503, "without a lease, the first run must have finished");
  });

  it("has a metric for the leader, only with a lease, and reports no blocked tags of an earlier term", async () => {
    const metrics = await createMetrics({ version: "0" });
    const read = async () => readMetrics((await metrics.render()).text);
    assert.equal((await read())("imgsync_leader"), undefined);
    metrics.onTerm(true);
    assert.equal((await read())("imgsync_leader"), 1);
    metrics.onTerm(false);
    assert.deepEqual([(await read())("imgsync_leader"), (await read())("imgsync_blocked_tags")], [0, 0]);
  });
});
