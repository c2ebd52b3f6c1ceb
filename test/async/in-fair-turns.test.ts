import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inFairTurns } from "../../src/async/in-fair-turns.ts";
import { untilIdle } from "../support/hold.ts";

type Item = { readonly id: string; readonly group: string; readonly weight?: number };

const turns = {
  groupOf: ({ group }: Item) => group,
  weightOf: ({ weight = 1 }: Item) => weight,
};

/** Tasks that last until they are ended by name. */
function openTasks() {
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  return {
    started,
    task: ({ id }: Item): Promise<void> => {
      started.push(id);
      const end = Promise.withResolvers<void>();
      ends.set(id, end);
      return end.promise;
    },
    end: async (name: string) => {
      ends.get(name)?.resolve();
      await untilIdle();
    },
    fail: async (name: string) => {
      ends.get(name)?.reject(new Error(name));
      await untilIdle();
    },
  };
}

function items(group: string, count: number): readonly Item[] {
  return Array.from({ length: count }, (_, at) => ({ id: `${group}${at}`, group }));
}

describe("inFairTurns", () => {
  it("gives each group its share, so that one that does not move never holds up the others", async () => {
    const { started, task, end } = openTasks();
    const running = inFairTurns([...items("slow", 5), ...items("fast", 3)], { capacity: 4, ...turns }, task);
    assert.deepEqual(started, ["slow0", "fast0", "slow1", "fast1"]);
    await end("fast0");
    assert.equal(started.at(-1), "fast2");
    await end("fast1");
    assert.equal(started.at(-1), "slow2", "nothing else of the fast group is left");
    for (const name of ["fast2", "slow0", "slow1", "slow2"]) await end(name);
    for (const name of ["slow3", "slow4"]) await end(name);
    await running;
    assert.equal(started.length, 8);
  });

  it("counts heavy items by their weight, and runs one that is heavier than all permits alone", async () => {
    const { started, task, end } = openTasks();
    const heavy: readonly Item[] = [
      { id: "light", group: "a" },
      { id: "heavy", group: "a", weight: 3 },
      { id: "huge", group: "a", weight: 9 },
      { id: "last", group: "a" },
    ];
    const running = inFairTurns(heavy, { capacity: 4, ...turns }, task);
    assert.deepEqual(started, ["light", "heavy"]);
    await end("light");
    assert.deepEqual(started, ["light", "heavy"]);
    await end("heavy");
    assert.deepEqual(started, ["light", "heavy", "huge"]);
    await end("huge");
    await end("last");
    await running;
  });

  it("throws the first failure when what was in progress has ended, and starts nothing more", async () => {
    const { started, task, end, fail } = openTasks();
    const running = inFairTurns(items("a", 4), { capacity: 2, ...turns }, task);
    const failing = assert.rejects(running, { message: "a0" });
    await fail("a0");
    await end("a1");
    await failing;
    assert.deepEqual(started, ["a0", "a1"]);
  });

  it("ends at once without items", async () => {
    await inFairTurns<Item>([], { capacity: 2, ...turns }, async () => assert.fail());
  });
});
