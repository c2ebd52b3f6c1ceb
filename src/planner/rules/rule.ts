import type { Change, EntryFailure, Mapping } from "../../model/plan.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import type { Facts } from "../facts/facts.ts";
import type { PlanOptions } from "../facts/plan-options.ts";

/** What rules look at beside the change itself. */
export type RuleInput = {
  readonly manifest: SyncManifest;
  readonly facts: Facts;
  readonly options: PlanOptions;
  /** What the manifest declares, tag by tag. Empty for a saved plan. */
  readonly mappings: readonly Mapping[];
  readonly failures: readonly EntryFailure[];
  /** All changes in order, as they were when this pass over them began. Undefined: it is not known yet what is to be done. */
  readonly changes: readonly (Change | undefined)[];
};

/**
 * Prepares for one pass over the changes; the result then looks at each, in order, and returns it as it is or as it must be.
 * Undefined: facts are missing, and the facts have noted which.
 */
export type Rule = (input: RuleInput) => (change: Change) => Change | undefined;

/** Changes that only the whole plan shows. Asks for missing facts as a rule does. */
export type Addition = (input: RuleInput) => Added;
export type Added = { readonly changes: readonly Change[]; readonly failures: readonly EntryFailure[] };

/** When rules look at a plan. */
export type Moment =
  /** It is made. */
  | "made"
  /** It was saved and has been read. No registry is asked, and what a rule would change makes the plan invalid. */
  | "read"
  /** It was saved and is about to be applied: what could have changed since, or been edited, is asked anew. */
  | "saved"
  /** It is about to be applied, saved or not. */
  | "applied";
