import type { Change, EntryFailure, Mapping } from "../../model/plan.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import type { Facts } from "../facts/facts.ts";
import type { PlanOptions } from "../facts/plan-options.ts";

/** The input of rules besides the change itself. */
export type RuleInput = {
  readonly manifest: SyncManifest;
  readonly facts: Facts;
  readonly options: PlanOptions;
  /** What the manifest declares, tag by tag. Empty for a saved plan. */
  readonly mappings: readonly Mapping[];
  readonly failures: readonly EntryFailure[];
  /** All changes in order, as of the start of this pass. Undefined: not decided yet. */
  readonly changes: readonly (Change | undefined)[];
};

/**
 * Prepares one pass over the changes. The result is called for each change in order, and returns it unchanged or altered. Undefined: facts
 * are missing, and the questions are noted.
 */
export type Rule = (input: RuleInput) => (change: Change) => Change | undefined;

/** Adds changes that depend on the whole plan. Asks for missing facts as a rule does. */
export type Addition = (input: RuleInput) => Added;
export type Added = { readonly changes: readonly Change[]; readonly failures: readonly EntryFailure[] };

/** When rules run on a plan. */
export type Moment =
  /** The plan is made. */
  | "made"
  /** A saved plan was read. No registry is asked, and a change that a rule would alter makes the plan invalid. */
  | "read"
  /** A saved plan is about to be applied: facts that may have changed, or been edited, are asked for again. */
  | "saved"
  /** Any plan is about to be applied. */
  | "applied";
