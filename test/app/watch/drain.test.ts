import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { limitDrain } from "../../../src/app/watch/drain.ts";
import type { Clock } from "../../../src/model/ports.ts";

/** A clock that moves only when the test advances it. */
function handClock() {
  let time = 0;
  let sleepers: { readonly until: number; readonly wake: () => void }[] = [];
  const clock: Clock = {
    monotonic: () => time,
    now: () => new Date(time),
    alarm: () => () => undefined,
    sleep: (milliseconds, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      sleepers.push({ until: time + milliseconds, wake: resolve });
      signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")), { once: true });
      return promise;
    },
  };
  const pass = async (milliseconds: number): Promise<void> => {
    time += milliseconds;
    for (const { until, wake } of sleepers) if (until <= time) wake();
    sleepers = sleepers.filter(({ until }) => until > time);
    await setImmediate();
  };
  return { clock, pass };
}

function start() {
  const { clock, pass } = handClock();
  const drain = new AbortController();
  const cut: string[] = [];
  const limits = limitDrain({
    clock,
    drain: drain.signal,
    cutWork: () => void cut.push("work"),
    cutNotices: () => void cut.push("notices"),
  });
  return { pass, drain, cut, ...limits };
}

describe("limitDrain", () => {
  it("lets work continue for 20 seconds, and cuts everything off within 25", async () => {
    const { pass, drain, cut } = start();
    await pass(60_000);
    drain.abort();
    await pass(19_999);
    assert.deepEqual(cut, []);
    await pass(1);
    assert.deepEqual(cut, ["work"]);
    await pass(4999);
    assert.deepEqual(cut, ["work", "notices"]);
  });

  it("cuts nothing off if the work ends in time, before or after the drain starts", async () => {
    const early = start();
    early.drain.abort();
    await early.pass(5000);
    early.stop();
    await early.pass(60_000);
    assert.deepEqual(early.cut, []);
    const never = start();
    never.stop();
    never.drain.abort();
    await never.pass(60_000);
    assert.deepEqual(never.cut, []);
  });
});
