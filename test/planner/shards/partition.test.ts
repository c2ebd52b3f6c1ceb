import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Item, partition, weightAlone, weightTogether } from "../../../src/planner/shards/partition.ts";

/** A pseudo-random sequence (mulberry32), so that each run has the same cases. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Repositories whose layers are taken from a pool, so that some share most of their weight and some nothing. */
function randomItems(seed: number): { readonly items: readonly Item[]; readonly count: number } {
  const random = createRandom(seed);
  const pool = Array.from({ length: 1 + random(30) }, (_, at) => [`layer ${at}`, 1 + random(1000)] as const);
  const items = Array.from({ length: random(60) }, (_, at): Item => {
    const parts = pool.filter(() => random(4) === 0);
    return { name: `repository ${at}`, own: 1 + random(random(2) === 0 ? 10 : 2000), parts: new Map(parts) };
  });
  return { items, count: 1 + random(12) };
}

const CASES = Array.from({ length: 200 }, (_, seed) => randomItems(seed));

describe("a partition", () => {
  it("has each item exactly once, and as many shards as asked for", () => {
    for (const { items, count } of CASES) {
      const shards = partition(items, count);
      assert.equal(shards.length, count);
      assert.deepEqual(shards.flat().toSorted(), items.map(({ name }) => name).toSorted());
    }
  });

  it("does not depend on the order of the items", () => {
    for (const [seed, { items, count }] of CASES.entries()) {
      const random = createRandom(seed);
      const turned = items
        .map((item) => ({ item, at: random(1000) }))
        .toSorted((one, other) => one.at - other.at)
        .map(({ item }) => item);
      assert.deepEqual(partition(turned, count), partition(items, count));
    }
  });

  it("keeps every shard within the bound: the average and the heaviest item", () => {
    for (const { items, count } of CASES) {
      const weights = items.map(weightAlone);
      const average = weights.reduce((sum, weight) => sum + weight, 0) / count;
      const bound = Math.max(average + Math.max(0, ...weights), average * 1.1);
      for (const names of partition(items, count)) {
        const weight = weightTogether(items.filter(({ name }) => names.includes(name)));
        assert.ok(weight <= bound, `${weight} > ${bound}`);
      }
    }
  });

  it("puts the heaviest shard first", () => {
    for (const { items, count } of CASES) {
      const weights = partition(items, count).map((names) =>
        weightTogether(items.filter(({ name }) => names.includes(name))),
      );
      assert.deepEqual(
        weights,
        weights.toSorted((one, other) => other - one),
      );
    }
  });

  it("balances items that share nothing to within one item", () => {
    const items = Array.from({ length: 103 }, (_, at) => item(`r${at}`, 10));
    const sizes = partition(items, 8).map((names) => names.length);
    assert.equal(Math.max(...sizes), 13);
    assert.equal(Math.min(...sizes), 12);
  });

  it("keeps items together that share most of their weight", () => {
    const items = ["a", "b", "c", "d"].flatMap((base) =>
      [1, 2, 3, 4, 5].map((number) => item(`${base}${number}`, 10, { [`layer of ${base}`]: 1000 })),
    );
    const shards = partition(items, 4).map((names) => new Set(names.map(([base]) => base)).size);
    assert.deepEqual(shards, [1, 1, 1, 1]);
  });

  it("prefers balance to sharing if one layer is in everything", () => {
    const items = Array.from({ length: 40 }, (_, at) => item(`r${at}`, 100, { base: 50 }));
    const sizes = partition(items, 4).map((names) => names.length);
    assert.ok(Math.max(...sizes) <= 12, sizes.join(" "));
  });

  it("leaves shards empty if there are more than items", () => {
    const shards = partition([item("a", 1), item("b", 2)], 5);
    assert.deepEqual(shards, [["b"], ["a"], [], [], []]);
  });
});

function item(name: string, own: number, parts: Readonly<Record<string, number>> = {}): Item {
  return { name, own, parts: new Map(Object.entries(parts)) };
}
