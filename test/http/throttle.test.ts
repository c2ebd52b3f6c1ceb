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
    await assert.rejects(
      throttle.runStream(permit("a.test", "write"), async () => Promise.reject(busy)),
      { message: "slow down" },
    );
    const paused = throttle.run(permit("a.test"), async () => "done");
    await new Promise(setImmediate);
    assert.deepEqual(clock.waiting, [3000]);
    clock.pass();
    assert.equal(await paused, "done");
  });
});

describe("a host that refuses everything", () => {
  const minute = 60_000;
  const refuse = (throttle: ReturnType<typeof createThrottle>, group = "HEAD manifest") =>
    throttle.run({ ...permit("a.test"), group }, async () => Promise.reject(busy));

  it("is given up after ten minutes, except for one request in 30 seconds", async () => {
    const clock = instantClock();
    const throttle = createThrottle({ clock });
    let asked = 0;
    const ask = () =>
      throttle.run(permit("a.test"), async () => {
        asked += 1;
        throw busy;
      });
    while (clock.monotonic() < 10 * minute) await assert.rejects(ask(), { message: "slow down" });
    assert.ok(asked <= 201, String(asked));
    await assert.rejects(ask(), { message: "slow down" });
    asked = 0;
    for (let tag = 1; tag <= 20_000; tag += 1)
      await assert.rejects(ask(), ({ code, message, facts }: RegistryError) => {
        assert.equal(code, "RATE_LIMITED");
        assert.match(message, /^a\.test has answered only 429 or 503 to HEAD manifest for 10 minutes$/);
        assert.notEqual(facts.isRetryable, true);
        return true;
      });
    assert.equal(asked, 0);
    assert.equal(await throttle.run(permit("b.test"), async () => "answer"), "answer");
    await clock.sleep(minute / 2, calm.signal);
    assert.equal(await throttle.run(permit("a.test"), async () => "answer"), "answer");
    assert.equal(await throttle.run(permit("a.test"), async () => "answer"), "answer");
  });

  it("is not given up while it gives other answers to requests of that kind", async () => {
    const clock = instantClock();
    const throttle = createThrottle({ clock });
    while (clock.monotonic() < 30 * minute) {
      for (let count = 1; count <= 100; count += 1) await assert.rejects(refuse(throttle), { message: "slow down" });
      assert.equal(await throttle.run(permit("a.test"), async () => "answer"), "answer");
    }
  });

  it("is given up for one kind of request although it answers others", async () => {
    const clock = instantClock();
    const throttle = createThrottle({ clock });
    for (let last = ""; !last.includes("PUT manifest for 10 minutes");) {
      assert.ok(clock.monotonic() < 11 * minute, last);
      assert.equal(await throttle.run(permit("a.test"), async () => "answer"), "answer");
      last = await refuse(throttle, "PUT manifest").catch(({ message }: Error) => message);
    }
  });

  it("is not given up because of a refusal a long time ago", async () => {
    const clock = instantClock();
    const throttle = createThrottle({ clock });
    for (let hour = 1; hour <= 3; hour += 1) {
      await assert.rejects(refuse(throttle), { message: "slow down" });
      await assert.rejects(refuse(throttle), { message: "slow down" });
      await clock.sleep(60 * minute, calm.signal);
    }
  });

  it("is given up for streams too, which take no permit", async () => {
    const clock = instantClock();
    const throttle = createThrottle({ clock });
    const stream = () => throttle.runStream(permit("a.test", "write"), async () => Promise.reject(busy));
    for (; clock.monotonic() <= 10 * minute; await clock.sleep(minute, calm.signal))
      await assert.rejects(stream(), { message: "slow down" });
    await assert.rejects(stream(), { message: "slow down" });
    await assert.rejects(stream(), /has answered only 429 or 503/);
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
