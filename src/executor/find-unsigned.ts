import { ImgsyncError, type ErrorDetails, toErrorDetails } from "../model/error.ts";
import type { Change } from "../model/plan.ts";
import type { Cancellable, Signatures } from "../model/ports.ts";
import type { Entry } from "../model/sync-manifest.ts";
import { requiredSignatures, signatureError } from "../planner/rules/signatures.ts";

export type FindUnsignedOptions = Cancellable & {
  /** The entries of the manifest, which define the required signatures. */
  readonly entries: readonly Entry[];
  /** If undefined, nothing that must be signed is written. */
  readonly signatures?: Signatures;
};

/**
 * Returns the changes that lack a required signature, with the reason for each. The plan is not trusted: all signatures are verified again.
 */
export async function findUnsigned(
  changes: readonly Change[],
  { entries, signatures, signal }: FindUnsignedOptions,
): Promise<ReadonlyMap<Change, ErrorDetails>> {
  const verifying = entries.filter(({ verify }) => verify !== undefined);
  const unsigned = new Map<Change, ErrorDetails>();
  if (verifying.length === 0) return unsigned;
  await Promise.all(
    changes.map(async (change) => {
      for (const required of requiredSignatures(change, verifying)) {
        try {
          if (signatures === undefined) throw nobodyLooks();
          await signatures.verify(required.image, required.policy, { signal });
        } catch (thrown) {
          unsigned.set(change, signatureError(required, toErrorDetails(thrown)));
          return;
        }
      }
    }),
  );
  return unsigned;
}

function nobodyLooks(): ImgsyncError {
  return new ImgsyncError({
    code: "SIGNATURE_UNCHECKED",
    message: "its signature was not checked: programs are disabled for untrusted manifests (--untrusted)",
    hint: "apply without --untrusted",
  });
}
