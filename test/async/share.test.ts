import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createShared } from "../../src/async/share.ts";

const never = new AbortController().signal;

describe("shared work", () => {
  it("runs once for concurrent and later callers", async () => {
    const shared = createShared<number>();
    let calls = 0;
    const work = async (): Promise<number> => ++calls;
    assert.deepEqual(await Promise.all([shared("a", never, work), shared("a", never, work)]), [1, 1]);
    assert.equal(await shared("a", never, work), 1);
    assert.equal(await shared("b", never, work), 2);
  });

  it("does not run again for a later caller after a failure", async () => {
    const shared = createShared<number>();
    let calls = 0;
    const work = async (): Promise<number> => {
      calls += 1;
      throw new Error("no");
    };
    await assert.rejects(shared("a", never, work), /no/);
    await assert.rejects(shared("a", never, work), /no/);
    assert.equal(calls, 1);
  });

  it("runs once more for all callers that do not accept the earlier result", async () => {
    const shared = createShared<number>();
    let calls = 0;
    const work = async (): Promise<number> => ++calls;
    const isGood = (result: number): boolean => result > 1;
    assert.equal(await shared("a", never, work), 1);
    assert.equal(await shared("a", never, work), 1);
    assert.deepEqual(await Promise.all([shared("a", never, work, isGood), shared("a", never, work, isGood)]), [2, 2]);
  });

  it("continues while one caller is left, stops with the last one, and starts over for the next", async () => {
    const shared = createShared<string>();
    const [first, second] = [new AbortController(), new AbortController()];
    const signals: AbortSignal[] = [];
    const work = (signal: AbortSignal): Promise<string> => {
      signals.push(signal);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
    };
    const asking = [shared("a", first.signal, work), shared("a", second.signal, work)];
    first.abort();
    await assert.rejects(asking[0] ?? Promise.resolve(), { name: "AbortError" });
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [false],
    );
    second.abort();
    await assert.rejects(asking[1] ?? Promise.resolve(), { name: "AbortError" });
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true],
    );
    assert.equal(await shared("a", never, async () => "again"), "again");
  });
});
