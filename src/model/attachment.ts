import { algorithmOf, type Digest } from "./digest.ts";

/**
 * A manifest that describes an image and is copied with it: a signature, an SBOM, an attestation. Registries find it by its `subject` (OCI
 * distribution-spec, "Listing Referrers"); older cosign attachments have a tag made of the digest.
 */
export type Attachment = {
  /** The digest that it describes: an image, one of its platforms, or another attachment. */
  readonly subject: Digest;
  /** The digest of the attachment itself, at the source. */
  readonly digest: Digest;
  /** The tag that is made of the subject's digest; undefined if the attachment is found by its subject. */
  readonly tag?: string;
};

/** The suffixes of cosign's tags. The tag without a suffix holds an index of referrers. */
export const ATTACHMENT_SUFFIXES = [".sig", ".att", ".sbom"] as const;

const TAG_DIGITS = 64;

/** `sha256-<hex>` and a suffix. OCI distribution-spec, "Referrers Tag Schema": at most 64 characters of the digest's hex. */
export function digestTag(subject: Digest, suffix: "" | (typeof ATTACHMENT_SUFFIXES)[number] = ""): string {
  const algorithm = algorithmOf(subject);
  return `${algorithm}-${subject.slice(algorithm.length + 1, algorithm.length + 1 + TAG_DIGITS)}${suffix}`;
}

/** `1 signature and 2 referrers` */
export function countAttachments(attachments: readonly Attachment[]): string {
  const counts = new Map<string, number>();
  for (const { tag } of attachments) counts.set(kindOf(tag), (counts.get(kindOf(tag)) ?? 0) + 1);
  const parts = [...counts].map(([kind, count]) => `${count} ${kind}${count === 1 ? "" : "s"}`);
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}

function kindOf(tag: string | undefined): string {
  if (tag?.endsWith(".sig") === true) return "signature";
  if (tag?.endsWith(".att") === true) return "attestation";
  return tag?.endsWith(".sbom") === true ? "SBOM" : "referrer";
}
