import type { Answer } from "../../model/answer.ts";
import type { ErrorDetails } from "../../model/error.ts";
import { type Change, isMoving } from "../../model/plan.ts";
import { formatPosition } from "../../model/position.ts";
import { type DigestReference, formatReference, formatRepository } from "../../model/reference.ts";
import { describeSigner } from "../../model/signature-policy.ts";
import type { Entry, SignaturePolicy } from "../../model/sync-manifest.ts";
import type { Facts } from "../facts/facts.ts";
import { createMayName, type MayName } from "../../selectors/selector-names.ts";
import { createWritersOf } from "../facts/writers.ts";
import { withNote } from "./note.ts";
import type { Rule, RuleInput } from "./rule.ts";

/** A source manifest that must be signed before anything of a change is written. */
export type RequiredSignature = { readonly image: DigestReference; readonly policy: SignaturePolicy };

/**
 * Returns a function for the signatures that a change requires. They depend on the manifest alone, because a saved plan may have been
 * edited. If several entries may declare the change, each requires its own signature, at its own source.
 */
export function requiredSignatures(entries: readonly Entry[]): (change: Change) => readonly RequiredSignature[] {
  const mayName = createMayName();
  const writersOf = createWritersOf(entries);
  return (change) => {
    const { action, sourceDigest, target } = change;
    if (!isMoving(change) || action === "delete") return [];
    return writersOf(target.repository).flatMap((entry): RequiredSignature[] => {
      const { source, verify } = entry;
      if (verify === undefined || source.kind !== "registry" || !mayDeclare(entry, change, mayName)) return [];
      if (sourceDigest === undefined) throw new Error("a change that moves an image without a digest");
      return [{ image: { repository: source.repository, digest: sourceDigest }, policy: verify }];
    });
  };
}

/** Turns a change into an error if a required signature is missing. Where signatures are not checked, the change says so. */
export const signatures: Rule = (input) => checkAll(input, { kind: "found", value: "unchecked" });

/** Like {@link signatures}, before a plan is applied: a signature that is not checked is an error. */
export const provenSignatures: Rule = (input) => checkAll(input, { kind: "failed", error: UNCHECKED });

/** What counts if signatures are not checked here. */
type Unchecked = { readonly kind: "found"; readonly value: "unchecked" } | Extract<Answer<never>, { kind: "failed" }>;

function checkAll({ manifest, facts }: RuleInput, unchecked: Unchecked): ReturnType<Rule> {
  const verifying = manifest.entries.filter(({ verify }) => verify !== undefined);
  const requiredBy = requiredSignatures(verifying);
  return (change) => checkOne(change, requiredBy(change), { facts, unchecked });
}

/** Adds to an error where the manifest requires the signature. */
function signatureError({ image, policy }: RequiredSignature, error: ErrorDetails): ErrorDetails {
  const place = `verify at ${formatPosition(policy.position)} requires it`;
  const hint = error.hint === undefined ? place : `${error.hint}; ${place}`;
  return { side: "source", reference: formatReference(image), ...error, hint };
}

function checkOne(
  change: Change,
  required: readonly RequiredSignature[],
  { facts, unchecked }: { readonly facts: Facts; readonly unchecked: Unchecked },
): Change | undefined {
  const asked = required.map((one) => ({ one, answer: facts.signature(one.image, one.policy) }));
  const notes: string[] = [];
  for (const { one, answer } of asked) {
    if (answer === undefined) return undefined;
    const result = answer.kind === "absent" ? unchecked : answer;
    if (result.kind === "failed") return { ...change, action: "error", error: signatureError(one, result.error) };
    notes.push(result.value === "unchecked" ? UNCHECKED_NOTE : `signed by ${describeSigner(one.policy)}`);
  }
  return notes.reduce(withNote, change);
}

const UNCHECKED_NOTE = "signature not checked: --untrusted runs no programs";

const UNCHECKED: ErrorDetails = {
  code: "SIGNATURE_UNCHECKED",
  message: "its signature was not checked: programs are disabled for untrusted manifests (--untrusted)",
  hint: "apply without --untrusted",
};

/** Whether an entry that writes to the change's repository may write its tag. */
function mayDeclare({ source, tags }: Entry, change: Change, mayName: MayName): boolean {
  const { target, origins = [] } = change;
  const isSameSource =
    source.kind === "registry" &&
    change.source.kind === "registry" &&
    formatRepository(source.repository) === formatRepository(change.source.reference.repository);
  return tags.some((mapping) => {
    if (mapping.kind === "literal" && mapping.to.includes(target.tag)) return true;
    if (origins.some((origin) => origin.mapping === mapping)) return true;
    return isSameSource && mayName(mapping, target.tag);
  });
}
