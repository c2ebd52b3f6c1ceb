import type { Digest } from "../../model/digest.ts";
import type { Cancellable } from "../../model/ports.ts";
import type { Repository } from "../../model/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { growingWaits } from "../../registry/growing-waits.ts";
import { saysContentIsMissing } from "./missing-content.ts";

/** What a manifest names and its registry must know before it takes the manifest. */
export type Part = { readonly kind: "blob" | "manifest"; readonly digest: Digest };

export type PutOptions = Cancellable & {
  readonly target: Repository;
  readonly parts: readonly Part[];
  /** Brings the parts to the target again. */
  readonly restore: () => Promise<void>;
};

/**
 * Puts a manifest at a registry that may say it does not know what it has accepted: because it becomes visible a little later,
 * or because it has been cleaned away since. It is looked for with growing waits first, then brought there again, once.
 */
export type Visibility = <T>(put: () => Promise<T>, options: PutOptions) => Promise<T>;

type Tools = Pick<RegistryClient, "blobs" | "manifests" | "clock">;

export function createVisibility(tools: Tools): Visibility {
  return async (put, options) => {
    try {
      return await putWhenVisible(put, options, tools);
    } catch (thrown) {
      if (!saysContentIsMissing(thrown)) throw thrown;
      await options.restore();
      return putWhenVisible(put, options, tools);
    }
  };
}

async function putWhenVisible<T>(put: () => Promise<T>, options: PutOptions, tools: Tools): Promise<T> {
  const waits = growingWaits();
  for (;;) {
    try {
      return await put();
    } catch (thrown) {
      if (!saysContentIsMissing(thrown)) throw thrown;
      if (!(await becomesVisible(waits, options, tools))) throw thrown;
    }
  }
}

/** False when the time is over. What the last look found does not matter then: the registry has had its time. */
async function becomesVisible(waits: Iterator<number>, options: PutOptions, tools: Tools): Promise<boolean> {
  for (let wait = waits.next(); wait.done !== true; wait = waits.next()) {
    await tools.clock.sleep(wait.value, options.signal);
    if (await areThere(options, tools)) return true;
  }
  return false;
}

async function areThere({ target, parts, signal }: PutOptions, { blobs, manifests }: Tools): Promise<boolean> {
  for (const { kind, digest } of parts) {
    const isThere =
      kind === "blob"
        ? await blobs.exists(target, digest, { signal })
        : (await manifests.resolve({ repository: target, digest }, { signal })) !== undefined;
    if (!isThere) return false;
  }
  return true;
}
