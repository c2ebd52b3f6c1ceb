import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSingleFlight } from "../../src/async/single-flight.ts";
import { DeadlineError, startDeadline } from "../../src/model/deadline.ts";
import { itemOf } from "../../src/model/item-signal.ts";
import { instantClock } from "../support/client.ts";
import { calm } from "../support/scope.ts";

const { signal: never } = calm;

/** Work that ends only with its signal, and fails then. */
function endless(signals: AbortSignal[]): (signal: AbortSignal) => Promise<string> {
  return (signal) => {
    signals.push(signal);
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
  };
}

describe("a single flight", () => {
  it("runs once for concurrent callers with the same key, and again for a later one", async () => {
    const flight = createSingleFlight<number>();
    let calls = 0;
    const work = async (): Promise<number> => ++calls;
    assert.deepEqual(await Promise.all([flight("a", never, work), flight("a", never, work)]), [1, 1]);
    assert.equal(await flight("a", never, work), 2);
    assert.deepEqual(await Promise.all([flight("a", never, work), flight("b", never, work)]), [3, 4]);
  });

  it("keeps results for later callers if it is to keep them", async () => {
    const flight = createSingleFlight<number>({ keepsResults: true });
    let calls = 0;
    const work = async (): Promise<number> => ++calls;
    assert.equal(await flight("a", never, work), 1);
    assert.equal(await flight("a", never, work), 1);
    assert.equal(await flight("b", never, work), 2);
  });

  it("gives a failure to all concurrent callers, and runs again for a later one", async () => {
    const flight = createSingleFlight<number>({ keepsResults: true });
    let calls = 0;
    const work = async (): Promise<number> => {
      calls += 1;
      throw new Error(`failure ${calls}`);
    };
    const outcomes = await Promise.allSettled([flight("a", never, work), flight("a", never, work)]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.status === "rejected" && String(outcome.reason)),
      ["Error: failure 1", "Error: failure 1"],
    );
    await assert.rejects(flight("a", never, work), { message: "failure 2" });
  });

  it("keeps a lasting failure, and no other", async () => {
    const isLasting = (thrown: unknown): boolean => thrown instanceof TypeError;
    const flight = createSingleFlight<number>({ isLasting });
    let calls = 0;
    const failing = (make: (message: string) => Error) => async (): Promise<number> => {
      calls += 1;
      throw make(`failure ${calls}`);
    };
    await assert.rejects(
      flight(
        "a",
        never,
        failing((message) => new Error(message)),
      ),
      { message: "failure 1" },
    );
    const lasting = failing((message) => new TypeError(message));
    await assert.rejects(flight("a", never, lasting), { message: "failure 2" });
    await assert.rejects(flight("a", never, lasting), { message: "failure 2" });
  });

  it("treats work that throws before it waits like work that fails", async () => {
    const flight = createSingleFlight<number>();
    const work = (): Promise<number> => {
      throw new Error("at once");
    };
    await assert.rejects(flight("a", never, work), { message: "at once" });
    assert.equal(await flight("a", never, async () => 1), 1);
  });

  it("runs once more for all callers that do not accept the kept result", async () => {
    const flight = createSingleFlight<number>({ keepsResults: true });
    let calls = 0;
    const work = async (): Promise<number> => ++calls;
    const isAcceptable = (result: number): boolean => result > 1;
    assert.equal(await flight("a", never, work), 1);
    assert.equal(await flight("a", never, work), 1);
    assert.deepEqual(
      await Promise.all([flight("a", never, work, isAcceptable), flight("a", never, work, isAcceptable)]),
      [2, 2],
    );
  });

  it("gives the new result also to a caller that came before another one did not accept the kept result", async () => {
    const flight = createSingleFlight<number>({ keepsResults: true });
    let calls = 0;
    const work = async (): Promise<number> => ++calls;
    let checks = 0;
    const isRefusedOnce = (): boolean => (checks += 1) > 1;
    assert.equal(await flight("a", never, work), 1);
    assert.deepEqual(
      await Promise.all([flight("a", never, work, isRefusedOnce), flight("a", never, work, isRefusedOnce)]),
      [2, 2],
    );
  });

  it("says whether a result is fresh, and does not check that of the caller's own work", async () => {
    const flight = createSingleFlight<number>({ keepsResults: true });
    const asked: string[] = [];
    const check =
      (who: string) =>
      (result: number, isFresh: boolean): boolean => {
        asked.push(`${who} ${result} ${isFresh ? "fresh" : "kept"}`);
        return true;
      };
    const work = async (): Promise<number> => 1;
    await Promise.all([flight("a", never, work, check("starter")), flight("a", never, work, check("companion"))]);
    await flight("a", never, work, check("latecomer"));
    assert.deepEqual(asked, ["companion 1 fresh", "latecomer 1 kept"]);
  });
});

describe("a caller that leaves a single flight", () => {
  it("gets the reason of its own signal, while the work goes on for the others", async () => {
    const flight = createSingleFlight<string>();
    const leaving = new AbortController();
    const { promise, resolve } = Promise.withResolvers<string>();
    const first = flight("a", leaving.signal, () => promise);
    const second = flight("a", never, async () => "started twice");
    leaving.abort(new Error("the first one leaves"));
    await assert.rejects(first, { message: "the first one leaves" });
    resolve("done");
    assert.equal(await second, "done");
  });

  it("ends the work if it is the last one, and the next caller starts again", async () => {
    const flight = createSingleFlight<string>({ keepsResults: true, isLasting: () => true });
    const [first, second] = [new AbortController(), new AbortController()];
    const signals: AbortSignal[] = [];
    const work = endless(signals);
    const waiting = Promise.allSettled([flight("a", first.signal, work), flight("a", second.signal, work)]);
    first.abort("first");
    assert.equal(signals[0]?.aborted, false);
    second.abort("second");
    assert.deepEqual(
      (await waiting).map((outcome) => outcome.status === "rejected" && outcome.reason),
      ["first", "second"],
    );
    assert.deepEqual(
      signals.map(({ reason }) => reason),
      ["second"],
    );
    assert.equal(await flight("a", never, async () => "again"), "again");
  });

  it("does not start anything if its signal has fired", async () => {
    const flight = createSingleFlight<string>();
    const over = AbortSignal.abort(new Error("too late"));
    await assert.rejects(
      flight("a", over, () => assert.fail("started")),
      { message: "too late" },
    );
  });

  it("leaves no trace in the result that is kept: work that ignores its signal is forgotten", async () => {
    const flight = createSingleFlight<string>({ keepsResults: true });
    const leaving = new AbortController();
    const { promise, resolve } = Promise.withResolvers<string>();
    const first = flight("a", leaving.signal, () => promise);
    leaving.abort(new Error("left"));
    await assert.rejects(first, { message: "left" });
    const second = flight("a", never, async () => "new");
    resolve("old");
    assert.equal(await second, "new");
    assert.equal(await flight("a", never, async () => "newer"), "new");
  });
});

describe("the time limit of a single flight", () => {
  it("is that of the item that starts it, counted from its own start, and others with time left start again", async () => {
    const clock = instantClock();
    const flight = createSingleFlight<string>({ keepsResults: true });
    const first = startDeadline(never, { clock, milliseconds: 1000 });
    await clock.sleep(600, never);
    const signals: AbortSignal[] = [];
    const starter = flight("a", first.signal, endless(signals));
    await clock.sleep(300, never);
    const second = startDeadline(never, { clock, milliseconds: 1000 });
    const companion = flight("a", second.signal, async () => "started again");
    // the starter's time ends at 1000, that of the work at 1600, the companion's at 1900
    await clock.sleep(100, never);
    await assert.rejects(starter, DeadlineError);
    assert.equal(signals[0]?.aborted, false);
    await clock.sleep(600, never);
    assert.ok(signals[0]?.reason instanceof DeadlineError);
    assert.equal(await companion, "started again");
  });

  it("grows with that of the item that starts it", async () => {
    const clock = instantClock();
    const flight = createSingleFlight<string>();
    const item = startDeadline(never, { clock, milliseconds: 1000 });
    const signals: AbortSignal[] = [];
    const waiting = flight("a", item.signal, endless(signals));
    item.extend(5000);
    await clock.sleep(4999, never);
    assert.equal(signals[0]?.aborted, false);
    await clock.sleep(1, never);
    await assert.rejects(waiting, DeadlineError);
  });

  it("holds for work that the shared work shares in turn, which counts for the same item", async () => {
    const clock = instantClock();
    const [outer, inner] = [createSingleFlight<string>(), createSingleFlight<string>()];
    const item = startDeadline(never, { clock, milliseconds: 1000 });
    const signals: AbortSignal[] = [];
    const waiting = outer("a", item.signal, (signal) => inner("b", signal, endless(signals)));
    const other = inner("b", never, async () => "started again");
    assert.deepEqual(signals.map(itemOf), [item.signal]);
    await clock.sleep(1000, never);
    await assert.rejects(waiting, DeadlineError);
    assert.equal(await other, "started again");
  });

  it("is none for work that an item without a time limit starts", async () => {
    const clock = instantClock();
    const flight = createSingleFlight<string>();
    const { promise, resolve } = Promise.withResolvers<string>();
    const starter = flight("a", never, () => promise);
    const item = startDeadline(never, { clock, milliseconds: 1000 });
    const companion = flight("a", item.signal, async () => "started twice");
    await clock.sleep(2000, never);
    await assert.rejects(companion, DeadlineError);
    resolve("done");
    assert.equal(await starter, "done");
  });
});
