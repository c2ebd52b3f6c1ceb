import { attachments } from "./attachments.ts";
import { backup } from "./backup.ts";
import { credentialExpiry } from "./credential-expiry.ts";
import { hostImmutability } from "./host-immutability.ts";
import { hostPreflight } from "./host-preflight.ts";
import { immutableBackup } from "./immutable-backup.ts";
import { immutable } from "./immutable.ts";
import { maxAge } from "./max-age.ts";
import { minAge } from "./min-age.ts";
import { prune } from "./prune.ts";
import type { Addition, Moment, Rule } from "./rule.ts";
import { provenSignatures, signatures } from "./signatures.ts";
import { sizes } from "./sizes.ts";
import { transfers } from "./transfers.ts";

/** A rule or an addition, with the moments at which it runs. */
export type Step = RuleStep | AdditionStep;
export type RuleStep = When & { readonly rule: Rule };
export type AdditionStep = When & { readonly adds: Addition };

type When = {
  readonly at: readonly Moment[];
  /**
   * `change`: until the rules before have decided about this change. `plan`: until everything so far is decided. Undefined: asks its
   * questions in the same round as the rules before.
   */
  readonly waits?: "change" | "plan";
};

/**
 * Everything that may alter or hold a change after the diff, in this order. Plans that are made, saved, applied and watched all use this
 * list; `at` says which rules run again. Absence is decided before the diff (certain-absence.ts).
 */
export const RULES: readonly Step[] = [
  // a tag that must not move needs no further facts
  { rule: immutable, at: ["made", "read"] },
  // nor does an image that is held back
  { rule: minAge, at: ["made", "saved"] },
  { rule: maxAge, at: ["made", "saved"] },
  // only for tags that move; finds the tag that the next rule checks
  { rule: backup, at: ["made"], waits: "change" },
  { rule: immutableBackup, at: ["made", "read"] },
  // before sizes, which include attachments
  { rule: attachments, at: ["made"] },
  { rule: sizes, at: ["made"] },
  // depends on the size of what is transferred
  { rule: credentialExpiry, at: ["made"] },
  // needs every other change: a tag is deleted because none of them declares it
  { adds: prune, at: ["made"], waits: "plan" },
  // deletes must respect the manifest's rules too; earlier changes pass again
  { rule: immutable, at: ["made"] },
  // registries are asked only about tags that would still be written
  { rule: hostPreflight, at: ["made", "applied"], waits: "plan" },
  { rule: hostImmutability, at: ["made", "applied"] },
  // late, because it may start a program for each image
  { rule: signatures, at: ["made"], waits: "plan" },
  // what a change brings, the next ones do not transfer again: needs to know which changes are made
  { rule: transfers, at: ["made"], waits: "plan" },
  // a plan is not trusted: what is written must be proven to be signed in the same run
  { rule: provenSignatures, at: ["applied"], waits: "plan" },
];
