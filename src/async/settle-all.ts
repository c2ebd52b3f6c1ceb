/** Waits for all tasks, then throws the first failure in their order, so that no task runs on after a failure. */
export async function settleAll<T>(tasks: readonly Promise<T>[]): Promise<readonly T[]> {
  const results = await Promise.allSettled(tasks);
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}
