import type { Digest } from "../model/digest.ts";
import type { Cancellable } from "../model/ports.ts";
import type { Repository } from "../model/reference.ts";
import type { RetryingStore } from "./retrying-store.ts";
import { growingWaits } from "../http/growing-waits.ts";
import { saysContentIsMissing } from "../registry/missing-content.ts";

/** Content that a registry must have before it accepts a manifest that references it. */
export type Part = { readonly kind: "blob" | "manifest"; readonly digest: Digest };

export type PutOptions = Cancellable & {
  readonly target: Repository;
  readonly parts: readonly Part[];
  /** The manifest also references layers that are not sent. If the registry requires those, waiting does not help. */
  readonly hasForeignLayers: boolean;
  /** Copies the parts to the target again. */
  readonly restore: () => Promise<void>;
};

/**
 * Writes a manifest to a registry that may report accepted content as missing, because it becomes visible late or was garbage collected.
 * Checks for the content with growing waits, then copies it again once.
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

/** Maximum PUTs of one manifest while the registry reports missing content. The growing waits leave the last one for after the restore. */
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
      // a HEAD may see the content long before a PUT does, so the pause grows with each refusal
      for (let skipped = 1; skipped < puts; skipped += 1) await waitOnce(waits, options, tools);
      if (!(await becomesVisible(waits, options, tools))) throw thrown;
    }
  }
}

async function waitOnce(waits: Iterator<number>, { signal }: PutOptions, { clock }: Tools): Promise<void> {
  const wait = waits.next();
  if (wait.done !== true) await clock.sleep(wait.value, signal);
}

/** Returns false when the time is up, whatever the last check found. */
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
