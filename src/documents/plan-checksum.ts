import { canonicalJson } from "../model/canonical-json.ts";
import { type Digest, digestOf } from "../model/digest.ts";

/**
 * The digest of a saved plan without its own `checksum`. Detects a plan that was edited or truncated after it was made. It does not
 * authenticate the plan: anyone who can write the file can compute it again.
 */
export function planChecksum(document: object): Digest {
  const { checksum: _, ...rest } = document as { readonly checksum?: unknown };
  return digestOf(new TextEncoder().encode(canonicalJson(rest)));
}
