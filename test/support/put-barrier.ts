import type { RegistryOptions } from "./embedded-registry/options.ts";

export type PutBarrier = {
  readonly onRequest: NonNullable<RegistryOptions["onRequest"]>;
  /** Returns the number of PUTs of a tag. */
  readonly count: (repository: string, tag: string) => number;
};

/**
 * Holds back each PUT of a tag until there are two. Both clients have then seen that the tag does not exist, and both write it.
 * A PUT by digest passes.
 */
export function createPutBarrier(): PutBarrier {
  const puts = new Map<string, { count: number; readonly both: PromiseWithResolvers<void> }>();
  return {
    onRequest: async ({ method, kind, repository = "", reference = "" }) => {
      if (kind !== "manifest" || method !== "PUT" || reference.includes(":")) return undefined;
      const key = `${repository}:${reference}`;
      const put = puts.get(key) ?? { count: 0, both: Promise.withResolvers<void>() };
      puts.set(key, put);
      put.count += 1;
      if (put.count === 2) put.both.resolve();
      await put.both.promise;
      return undefined;
    },
    count: (repository, tag) => puts.get(`${repository}:${tag}`)?.count ?? 0,
  };
}
