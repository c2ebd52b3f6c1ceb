import { canonicalJson } from "../model/canonical-json.ts";
import { type Digest, digestOf } from "../model/digest.ts";

/**
 * The digest of a saved plan without its own `checksum`. It finds a plan that was edited or cut after it was made. It proves
 * nothing about who made the plan: anyone who can write the file can compute it again.
 */
export function planChecksum(document: object): Digest {
  const { checksum: _, ...rest } = document as { readonly checksum?: unknown };
  return digestOf(new TextEncoder().encode(canonicalJson(rest)));
}
