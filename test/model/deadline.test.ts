import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DeadlineError, startDeadline } from "../../src/model/deadline.ts";
import { instantClock } from "../support/client.ts";
import { calm } from "../support/scope.ts";

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
