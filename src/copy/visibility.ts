import type { Digest } from "../model/digest.ts";
import type { Cancellable } from "../model/ports.ts";
import type { Repository } from "../model/reference.ts";
import type { RetryingStore } from "./retrying-store.ts";
import { growingWaits } from "../http/growing-waits.ts";
import { saysContentIsMissing } from "../registry/missing-content.ts";

/** What a manifest names and its registry must know before it takes the manifest. */
export type Part = { readonly kind: "blob" | "manifest"; readonly digest: Digest };

export type PutOptions = Cancellable & {
  readonly target: Repository;
  readonly parts: readonly Part[];
  /** It also names layers that are not sent: a registry that wants those will not change its mind by waiting. */
  readonly hasForeignLayers: boolean;
  /** Brings the parts to the target again. */
  readonly restore: () => Promise<void>;
};

/**
 * Puts a manifest at a registry that may say it does not know what it has accepted: because it becomes visible a little later,
 * or because it has been cleaned away since. It is looked for with growing waits first, then brought there again, once.
 */
export type Visibility = <T>(put: () => Promise<T>, options: PutOptions) => Promise<T>;

type Tools = Pick<RetryingStore, "blobs" | "manifests" | "clock">;

export function createVisibility(tools: Tools): Visibility {
  return async (put, options) => {
    const budget = { left: options.hasForeignLayers ? PUTS_WITH_FOREIGN_LAYERS : PUTS };
    try {
      return await putWhenVisible(put, budget, options, tools);
    } catch (thrown) {
      if (budget.left === 0 || !saysContentIsMissing(thrown)) throw thrown;
      await options.restore();
      return putWhenVisible(put, budget, options, tools);
    }
  };
}

/** PUTs of one manifest that its registry says names what it does not know; the last one is kept for after the restoring. */
const PUTS = 5;
const PUTS_WITH_FOREIGN_LAYERS = 2;

type PutBudget = { left: number };

async function putWhenVisible<T>(
  put: () => Promise<T>,
  budget: PutBudget,
  options: PutOptions,
  tools: Tools,
): Promise<T> {
  const waits = growingWaits();
  for (let puts = 1; ; puts += 1) {
    try {
      budget.left -= 1;
      return await put();
    } catch (thrown) {
      if (budget.left === 0 || !saysContentIsMissing(thrown)) throw thrown;
      // a HEAD may see the parts long before the PUT does: each refusal is followed by a longer pause
      for (let skipped = 1; skipped < puts; skipped += 1) await waitOnce(waits, options, tools);
      if (!(await becomesVisible(waits, options, tools))) throw thrown;
    }
  }
}

async function waitOnce(waits: Iterator<number>, { signal }: PutOptions, { clock }: Tools): Promise<void> {
  const wait = waits.next();
  if (wait.done !== true) await clock.sleep(wait.value, signal);
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
        ? (await blobs.look(target, digest, { signal })) !== "absent"
        : (await manifests.resolve({ repository: target, digest }, { signal })) !== undefined;
    if (!isThere) return false;
  }
  return true;
}
