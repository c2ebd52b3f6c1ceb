/** What stays together, with its weight. Names are unique. */
export type Item = {
  readonly name: string;
  /** The weight of what no other item shares. At least 1, so that items without work are spread too. */
  readonly own: number;
  /** The weights of parts that other items may share, by key. A part weighs once in each shard. */
  readonly parts: ReadonlyMap<string, number>;
};

/** An item joins others for what they share only if that saves at least this share of its weight. */
const WORTH_JOINING = 0.1;
/** How far a shard may exceed the average to keep items together. */
const SLACK = 1.1;

type Shard = { readonly names: string[]; readonly parts: Set<string>; weight: number };

/**
 * Divides items into shards of similar weight, and keeps items that share much in one shard as far as the balance allows. The result
 * depends on the items, and not on their order. The heaviest shard comes first, because the last one to start should be short.
 *
 * No shard is heavier than the average of all items, each weighed alone, and the heaviest item; or than the average and a tenth, if that
 * is more. (Graham, "Bounds on Multiprocessing Timing Anomalies", 1969: the largest job first, to the machine that is free first.)
 */
export function partition(items: readonly Item[], count: number): readonly (readonly string[])[] {
  const shards = Array.from({ length: count }, (): Shard => ({ names: [], parts: new Set(), weight: 0 }));
  const shardsWith = new Map<string, Shard[]>();
  const most = (weightTogether(items) / count) * SLACK;
  const weighed = items.map((item) => ({ item, weight: weightAlone(item) }));
  for (const { item, weight } of weighed.toSorted(heavyFirst)) {
    const saved = savedIn(item, shardsWith);
    const savingIn = (shard: Shard): number => saved.get(shard) ?? 0;
    const related = shards.filter(
      (shard) => savingIn(shard) >= weight * WORTH_JOINING && shard.weight + weight - savingIn(shard) <= most,
    );
    const chosen =
      related.length > 0
        ? related.reduce(better(savingIn))
        : shards.reduce(better((shard) => savingIn(shard) - shard.weight));
    chosen.names.push(item.name);
    chosen.weight += weight - savingIn(chosen);
    for (const key of item.parts.keys()) {
      if (chosen.parts.has(key)) continue;
      chosen.parts.add(key);
      const others = shardsWith.get(key);
      if (others === undefined) shardsWith.set(key, [chosen]);
      else others.push(chosen);
    }
  }
  const byWeight = shards.toSorted((one, other) => other.weight - one.weight);
  return byWeight.map(({ names }) => names.toSorted());
}

/** The weight of an item in a shard of its own. */
export function weightAlone({ own, parts }: Item): number {
  return [...parts.values()].reduce((sum, weight) => sum + weight, own);
}

/** The weight of all items in one shard. */
export function weightTogether(items: readonly Item[]): number {
  return weightAlone(join(items));
}

/** Makes one item of several that must be in one shard. It has the name of the first. */
export function join(items: readonly Item[]): Item {
  const parts = new Map<string, number>();
  // a part may weigh less for some items, such as a blob that is on the same host already
  for (const item of items)
    for (const [key, weight] of item.parts) parts.set(key, Math.max(weight, parts.get(key) ?? 0));
  return { name: items[0]?.name ?? "", own: items.reduce((sum, item) => sum + item.own, 0), parts };
}

/** How much less an item weighs in each shard that has parts of it. */
function savedIn({ parts }: Item, shardsWith: ReadonlyMap<string, readonly Shard[]>): ReadonlyMap<Shard, number> {
  const saved = new Map<Shard, number>();
  for (const [key, weight] of parts)
    for (const shard of shardsWith.get(key) ?? []) saved.set(shard, (saved.get(shard) ?? 0) + weight);
  return saved;
}

/** Prefers the first of equals. */
function better(valueOf: (shard: Shard) => number): (best: Shard, other: Shard) => Shard {
  return (best, other) => (valueOf(other) > valueOf(best) ? other : best);
}

type Weighed = { readonly item: Item; readonly weight: number };

function heavyFirst(one: Weighed, other: Weighed): number {
  return other.weight - one.weight || byText(one.item.name, other.item.name);
}

/** By code units, so that the order does not depend on a locale. */
function byText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
