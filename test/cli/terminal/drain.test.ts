import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openDrain } from "../../../src/cli/terminal/drain.ts";
import type { Change } from "../../../src/model/plan.ts";
import { change, result } from "../../reporters/samples.ts";

/** A drain with a clock that the test advances to the end of the time that changes have. */
function open({ isInterrupted = false } = {}) {
  const first = new AbortController();
  if (isInterrupted) first.abort();
  const said: string[] = [];
  let ring: (() => void) | undefined;
  let second: (() => void) | undefined;
  const drain = openDrain({
    interruption: {
      signal: first.signal,
      onSecond: (stop) => {
        second = stop;
        return () => void (second = undefined);
      },
    },
    clock: {
      alarm: (milliseconds, listener) => {
        assert.equal(milliseconds, 10_000);
        ring = listener;
        return () => void (ring = undefined);
      },
    },
    milliseconds: 10_000,
    say: (message) => void said.push(message),
  });
  const begin = (one: Change): void => drain.onEvent({ type: "change.started", change: one });
  const end = (one: Change): void => drain.onEvent({ type: "change.finished", change: one, result: result("applied") });
  return {
    drain,
    said,
    begin,
    end,
    interrupt: () => first.abort(),
    again: () => second?.(),
    passTime: () => ring?.(),
    isWaiting: () => ring !== undefined || second !== undefined,
  };
}

describe("the end of a run by Ctrl-C", () => {
  it("comes at once if no change is in progress", () => {
    const { drain, said, begin, end, interrupt } = open();
    const one = change();
    begin(one);
    end(one);
    interrupt();
    assert.ok(drain.signal.aborted);
    assert.deepEqual(said, []);
  });

  it("leaves changes in progress 10 seconds, and says so", () => {
    const { drain, said, begin, interrupt, passTime } = open();
    begin(change());
    begin(change());
    interrupt();
    assert.equal(drain.signal.aborted, false);
    passTime();
    assert.ok(drain.signal.aborted);
    assert.deepEqual(said, [
      "interrupted: no new changes start, and 2 changes in progress may finish within 10 seconds; a second Ctrl-C cancels",
      "not finished within 10 seconds: 2 changes in progress are cancelled",
    ]);
  });

  it("comes at once with the second Ctrl-C", () => {
    const { drain, said, begin, interrupt, again, passTime, isWaiting } = open();
    begin(change());
    interrupt();
    again();
    passTime();
    assert.ok(drain.signal.aborted);
    assert.equal(said.at(-1), "interrupted again: 1 change in progress is cancelled now");
    drain.stop();
    assert.equal(isWaiting(), false);
  });

  it("waits for nothing more when the run has ended", () => {
    const { drain, begin, end, interrupt, isWaiting } = open();
    const one = change();
    begin(one);
    interrupt();
    end(one);
    drain.stop();
    assert.equal(isWaiting(), false);
    assert.equal(drain.signal.aborted, false);
  });

  it("does not come after the run, and comes at once if it was interrupted before", () => {
    const ended = open();
    ended.begin(change());
    ended.drain.stop();
    ended.interrupt();
    assert.deepEqual([ended.said, ended.isWaiting()], [[], false]);
    assert.ok(open({ isInterrupted: true }).drain.signal.aborted);
  });
});
