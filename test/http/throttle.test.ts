import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RegistryError } from "../../src/http/error.ts";
import { createThrottle, type Kind, type Permit } from "../../src/http/throttle.ts";
import { calm } from "../support/scope.ts";

const busy = new RegistryError(
  { code: "RATE_LIMITED", message: "slow down" },
  { status: 429, isRetryable: true, retryAfterMs: 3000 },
);

function permit(host: string, kind: Kind = "read"): Permit {
  return { host, kind, group: "HEAD manifest", ...calm };
}

/** A clock that stands still until `pass` is called; `waiting` has the pauses that were asked for. */
function standingClock() {
  const { promise, resolve: pass } = Promise.withResolvers<void>();
  const waiting: number[] = [];
  let now = 0;
  return {
    waiting,
    monotonic: () => now,
    sleep: async (milliseconds: number) => {
      waiting.push(milliseconds);
      await promise;
      now = 3000;
    },
    pass,
  };
}

describe("a host that asks for a pause", () => {
  it("gets no request until it is over, while other hosts do", async () => {
    const clock = standingClock();
    const throttle = createThrottle({ clock });
    const done: string[] = [];
    await assert.rejects(
      throttle.run(permit("a.test"), async () => Promise.reject(busy)),
      { message: "slow down" },
    );
    const paused = (["read", "write"] as const).map((kind) =>
      throttle.run(permit("a.test", kind), async () => void done.push(`a.test ${kind}`)),
    );
    await throttle.run(permit("b.test"), async () => void done.push("b.test"));
    assert.deepEqual(done, ["b.test"]);
    assert.deepEqual(clock.waiting, [3000, 3000]);
    clock.pass();
    await Promise.all(paused);
    assert.deepEqual(done, ["b.test", "a.test read", "a.test write"]);
  });

  it("also when the request that it refused was a stream without a permit", async () => {
    const clock = standingClock();
    const throttle = createThrottle({ clock });
    throttle.note("a.test", "write", busy, 0);
    const paused = throttle.run(permit("a.test"), async () => "done");
    await new Promise(setImmediate);
    assert.deepEqual(clock.waiting, [3000]);
    clock.pass();
    assert.equal(await paused, "done");
  });
});
