import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DeadlineError, startDeadline, takePart, untilAborted } from "../../src/model/deadline.ts";
import { instantClock } from "../support/client.ts";
import { calm } from "../support/scope.ts";

const never = new Promise<never>(() => undefined);

describe("a deadline", () => {
  it("fires when its time is up, and the error states the time", async () => {
    const clock = instantClock();
    const { signal } = startDeadline(calm.signal, { clock, milliseconds: 900_000 });
    await clock.sleep(899_999, calm.signal);
    assert.equal(signal.aborted, false);
    await clock.sleep(1, calm.signal);
    assert.ok(signal.reason instanceof DeadlineError);
    assert.equal(signal.reason.code, "REGISTRY_TIMEOUT");
    assert.equal(signal.reason.message, "gave up after 15 min");
  });

  it("can be extended but never shortened", async () => {
    const clock = instantClock();
    const { signal, extend } = startDeadline(calm.signal, { clock, milliseconds: 1000 });
    extend(5000);
    extend(10);
    await clock.sleep(4999, calm.signal);
    assert.equal(signal.aborted, false);
    await clock.sleep(1, calm.signal);
    assert.equal(signal.aborted, true);
  });

  it("aborts with the reason of the outer signal, but not after its end", async () => {
    const clock = instantClock();
    const [outer, other] = [new AbortController(), new AbortController()];
    const followed = startDeadline(outer.signal, { clock, milliseconds: 1000 });
    const ended = startDeadline(other.signal, { clock, milliseconds: 1000 });
    ended.end();
    outer.abort("enough");
    other.abort("enough");
    await clock.sleep(2000, calm.signal);
    assert.equal(followed.signal.reason, "enough");
    assert.equal(ended.signal.aborted, false);
  });
});

describe("work that several items share", () => {
  it("is abandoned by an item whose deadline passes", async () => {
    const clock = instantClock();
    const { signal } = startDeadline(calm.signal, { clock, milliseconds: 10 });
    const waiting = untilAborted(never, signal);
    await clock.sleep(10, calm.signal);
    await assert.rejects(waiting, DeadlineError);
    await assert.rejects(untilAborted(never, signal), DeadlineError);
  });

  it("is started again when it was another item's deadline that passed", async () => {
    const clock = instantClock();
    const other = startDeadline(calm.signal, { clock, milliseconds: 10 });
    await clock.sleep(10, calm.signal);
    let begun = 0;
    const find = async (): Promise<string> => {
      begun += 1;
      if (begun === 1) other.signal.throwIfAborted();
      return "done";
    };
    assert.equal(await takePart(find, calm.signal), "done");
    assert.equal(begun, 2);
  });

  it("is not started again after any other failure", async () => {
    let begun = 0;
    const find = async (): Promise<string> => {
      begun += 1;
      throw new Error("broken");
    };
    await assert.rejects(takePart(find, calm.signal), { message: "broken" });
    assert.equal(begun, 1);
  });
});
