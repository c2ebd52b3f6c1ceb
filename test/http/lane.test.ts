import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLane, type Lane } from "../../src/http/lane.ts";
import { calm } from "../support/scope.ts";

/** Takes so many permits, and returns how many of them were given at once. */
async function enter(lane: Lane, count: number): Promise<number> {
  let entered = 0;
  for (let at = 0; at < count; at += 1) lane.enter(calm.signal).then(() => (entered += 1), assert.fail);
  await new Promise(setImmediate);
  return entered;
}

describe("the lane of a host", () => {
  it("starts with enough requests at a time for a distant host, and lets others in as some leave", async () => {
    const lane = createLane();
    let entered = 0;
    for (let at = 0; at < 40; at += 1) lane.enter(calm.signal).then(() => (entered += 1), assert.fail);
    await new Promise(setImmediate);
    assert.equal(entered, 16);
    lane.leave();
    lane.leave();
    await new Promise(setImmediate);
    assert.equal(entered, 18);
  });

  it("grows by each answer that is as fast as the fastest, up to a maximum, while requests wait", async () => {
    const lane = createLane();
    lane.grow("HEAD", 20);
    assert.equal(lane.limit(), 16, "no request waits");
    await enter(lane, 200);
    for (let at = 0; at < 10; at += 1) lane.grow("HEAD", 22);
    assert.equal(lane.limit(), 26);
    for (let at = 0; at < 100; at += 1) lane.grow("HEAD", 22);
    assert.equal(lane.limit(), 48);
  });

  it("does not grow by answers that waited at the host, and compares only like with like", async () => {
    const lane = createLane();
    await enter(lane, 200);
    lane.grow("HEAD", 10);
    const { limit } = lane;
    const before = limit();
    for (let at = 0; at < 10; at += 1) lane.grow("HEAD", 60);
    assert.equal(limit(), before);
    lane.grow("PUT manifest", 60);
    assert.equal(limit(), before + 1, "the first PUT is the fastest one known");
  });

  it("halves once for all requests that were refused together, and then grows by one for a whole round", async () => {
    const lane = createLane();
    await enter(lane, 200);
    for (const startedAt of [90, 95, 99]) lane.shrink(startedAt, 100);
    assert.equal(lane.limit(), 8);
    lane.shrink(101, 110);
    assert.equal(lane.limit(), 4, "a request that was sent after that");
    for (let at = 0; at < 4; at += 1) lane.grow("HEAD", 5);
    assert.equal(lane.limit(), 4);
    lane.grow("HEAD", 5);
    assert.equal(lane.limit(), 5);
  });

  it("forgets a request that gave up waiting", async () => {
    const lane = createLane();
    await enter(lane, 16);
    const giving = new AbortController();
    const waiting = lane.enter(giving.signal);
    giving.abort(new Error("gave up"));
    await assert.rejects(waiting, { message: "gave up" });
    lane.leave();
    assert.equal(await enter(lane, 2), 1);
  });
});
