import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createThrottle } from "../../src/http/throttle.ts";
import { instantClock } from "../support/client.ts";

const signal = new AbortController().signal;

/** Runs many tasks on one host, and returns the most that were active at the same time. */
async function mostAtOnce(tasks: number, sharedBy?: number): Promise<number> {
  const throttle = createThrottle({ clock: instantClock(), ...(sharedBy === undefined ? {} : { sharedBy }) });
  let active = 0;
  let most = 0;
  const task = async (): Promise<void> => {
    active += 1;
    most = Math.max(most, active);
    await Promise.resolve();
    await Promise.resolve();
    active -= 1;
  };
  await Promise.all(Array.from({ length: tasks }, () => throttle.run("registry.test", task, signal)));
  return most;
}

describe("the throttle of a host", () => {
  it("grows to its bound", async () => {
    assert.equal(await mostAtOnce(5000), 32);
  });

  it("divides its bound among the shards that run at a time", async () => {
    assert.equal(await mostAtOnce(5000, 4), 8);
    assert.equal(await mostAtOnce(5000, 8), 4);
  });

  it("always lets one request pass, however many shards there are", async () => {
    assert.equal(await mostAtOnce(50, 64), 1);
  });

  it("starts low, and lower if it is shared", async () => {
    assert.equal(await mostAtOnce(8), 8);
    assert.equal(await mostAtOnce(3, 4), 2);
  });
});
