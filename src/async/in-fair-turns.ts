export type FairTurns<T> = {
  /** The most that the weights of the items in progress add up to. An item that is heavier runs alone. */
  readonly capacity: number;
  readonly weightOf: (item: T) => number;
  /** Items of one group start in order. */
  readonly groupOf: (item: T) => string;
};

/**
 * Runs a task for each item. The next item is always of the group with the fewest in progress, so that a group that waits never holds more
 * than its share while others have work. Throws the first failure, which prevents further tasks from starting.
 */
export async function inFairTurns<T>(
  items: readonly T[],
  { capacity, weightOf, groupOf }: FairTurns<T>,
  task: (item: T) => Promise<void>,
): Promise<void> {
  const open = new Set(
    [...Map.groupBy(items, groupOf).values()].map((members): Group<T> => ({ members, next: 0, active: 0 })),
  );
  if (open.size === 0) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let used = 0;
  let active = 0;
  const failures: unknown[] = [];

  const finish = (): void => {
    if (failures.length > 0) reject(failures[0]);
    else resolve();
  };
  const advance = (): void => {
    while (failures.length === 0) {
      const group = fewestActive(open);
      const item = group?.members[group.next];
      if (group === undefined || item === undefined) break;
      const weight = weightOf(item);
      if (active > 0 && used + weight > capacity) return;
      group.next += 1;
      if (group.next === group.members.length) open.delete(group);
      run(item, group, weight);
    }
    if (active === 0) finish();
  };
  const run = (item: T, group: Group<T>, weight: number): void => {
    used += weight;
    active += 1;
    group.active += 1;
    const settle = (): void => {
      used -= weight;
      active -= 1;
      group.active -= 1;
      advance();
    };
    task(item).then(settle, (thrown: unknown) => {
      failures.push(thrown);
      settle();
    });
  };
  advance();
  await promise;
}

type Group<T> = { readonly members: readonly T[]; next: number; active: number };

function fewestActive<T>(groups: Iterable<Group<T>>): Group<T> | undefined {
  let best: Group<T> | undefined;
  for (const group of groups) if (best === undefined || group.active < best.active) best = group;
  return best;
}
