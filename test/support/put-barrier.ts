import type { RegistryOptions } from "./embedded-registry/options.ts";

export type PutBarrier = {
  readonly onRequest: NonNullable<RegistryOptions["onRequest"]>;
  /** How many PUTs of this tag have come. */
  readonly count: (repository: string, tag: string) => number;
};

/**
 * Lets no PUT of a tag through before two are here: whoever looks at a tag before its own PUT has seen it absent by then, and both
 * write it. What is put by digest passes.
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
