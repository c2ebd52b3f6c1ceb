/**
 * Runs a task for each item in order, with at most `limit` at a time. Throws the first failure. A failure or the signal prevents further
 * tasks from starting.
 */
export async function inParallel<T>(
  limit: number,
  items: readonly T[],
  task: (item: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const queue = items.values();
  let hasFailed = false;
  const work = async (): Promise<void> => {
    for (const item of queue) {
      if (hasFailed) return;
      signal?.throwIfAborted();
      try {
        await task(item);
      } catch (thrown) {
        hasFailed = true;
        throw thrown;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
}
