import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RegistryError } from "../../src/http/error.ts";
import { createThrottle, type Kind, type Permit } from "../../src/http/throttle.ts";
import { defined } from "../../src/model/defined.ts";
import { instantClock } from "../support/client.ts";
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

/** Runs many tasks on one host, and returns the most that were active at the same time. */
async function mostAtOnce(tasks: number, sharedBy?: number): Promise<number> {
  const throttle = createThrottle({ clock: instantClock(), ...defined({ sharedBy }) });
  let active = 0;
  let most = 0;
  const task = async (): Promise<void> => {
    active += 1;
    most = Math.max(most, active);
    await Promise.resolve();
    await Promise.resolve();
    active -= 1;
  };
  await Promise.all(Array.from({ length: tasks }, () => throttle.run(permit("registry.test"), task)));
  return most;
}

describe("the bound of a host", () => {
  it("starts high and grows", async () => {
    assert.equal(await mostAtOnce(16), 16);
    assert.equal(await mostAtOnce(5000), 48);
  });

  it("is divided among the processes that run at a time", async () => {
    assert.equal(await mostAtOnce(4, 4), 4);
    assert.equal(await mostAtOnce(5000, 4), 12);
    assert.equal(await mostAtOnce(5000, 8), 6);
  });

  it("always lets one request pass, however many processes there are", async () => {
    assert.equal(await mostAtOnce(50, 64), 1);
  });
});
