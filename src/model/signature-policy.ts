import { type DigestReference, formatReference } from "./reference.ts";
import type { SignaturePolicy, SignerMatch } from "./sync-manifest.ts";
import { defined } from "./defined.ts";

/** The key of the question whether this image is signed as required. Positions in files make no difference. */
export function signatureKey(image: DigestReference, { signer, trustedRoot, repository }: SignaturePolicy): string {
  const text = JSON.stringify({ signer, trustedRoot, repository }, (key, part: unknown) =>
    key === "position" ? undefined : part,
  );
  return `${formatReference(image)} ${text}`;
}

/** The required signer, for people: `the key "cosign.pub"`. */
export function describeSigner({ signer }: SignaturePolicy): string {
  if (signer.kind === "key") return `the key "${signer.file.path}"`;
  return `${describeMatch(signer.identity)} of ${describeMatch(signer.issuer)}`;
}

/** The files that a policy names. */
export function policyFiles({ signer, trustedRoot }: SignaturePolicy): {
  readonly key?: string;
  readonly trustedRoot?: string;
} {
  return defined({ key: signer.kind === "key" ? signer.file.path : undefined, trustedRoot: trustedRoot?.path });
}

function describeMatch({ kind, text }: SignerMatch): string {
  return kind === "exact" ? `"${text}"` : `/${text}/`;
}
