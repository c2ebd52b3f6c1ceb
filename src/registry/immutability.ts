import { RegistryError } from "../http/error.ts";
import type { RegistryErrorItem } from "../http/reasons.ts";

/** How one product words the refusal of a push that would move an immutable tag. */
type Refusal = { readonly product: string; readonly matches: (item: RegistryErrorItem) => boolean };

/**
 * registries.md section 5, message first: Artifact Registry calls it MANIFEST_INVALID and Docker Hub DENIED, codes that
 * mean other things as well. Patterns are loose, for vendors change words. Adding a product is one line.
 */
const REFUSALS: readonly Refusal[] = [
  { product: "Artifact Registry", matches: says(/enabled tag immutability/i) },
  { product: "ECR", matches: says(/cannot be overwritten because the (?:tag|repository) is immutable/i) },
  { product: "Harbor", matches: says(/configured as immutable/i) },
  { product: "Docker Hub", matches: says(/due to immutability settings/i) },
  { product: "Quay", matches: (item) => item.code === "TAG_IMMUTABLE" || /tag is immutable/i.test(item.message) },
  {
    product: "Azure Container Registry",
    matches: (item) =>
      item.code === "REGISTRY_DISALLOWED_OPERATION" || /operation is disallowed on this registry/i.test(item.message),
  },
  {
    product: "Mirantis Secure Registry",
    matches: says(/cannot be overwritten because .{0,300}is an immutable repository/i),
  },
  { product: "Alibaba Container Registry", matches: says(/already exists and cannot be overwritten/i) },
  { product: "Nexus", matches: says(/does not allow updating assets/i) },
  { product: "the registry", matches: says(/immutable/i) },
];

/**
 * Whether a refused manifest PUT says that the tag is immutable, and whose words they are. Products without a known text
 * (GitLab, JFrog) answer DENIED: a look at the tag has to tell, so `isSuspect` asks for one.
 */
export function classifyRefusal(thrown: unknown): { readonly product: string; readonly message: string } | undefined {
  if (!(thrown instanceof RegistryError)) return undefined;
  const { status, items = [] } = thrown.facts;
  if (status === undefined || status < 400 || status >= 500) return undefined;
  const candidates = items.length > 0 ? items : [{ code: "", message: thrown.message }];
  for (const item of candidates) {
    const refusal = REFUSALS.find(({ matches }) => matches(item));
    if (refusal !== undefined)
      return { product: refusal.product, message: item.message === "" ? item.code : item.message };
  }
  return undefined;
}

/** The same for the text that a program such as docker prints, which has no code of its own. */
export function classifyRefusalText(message: string): { readonly product: string } | undefined {
  return REFUSALS.find(({ matches }) => matches({ code: "", message }));
}

/** A refusal that may be about an existing tag although it does not say so: worth a second look at the tag. */
export function isSuspect(thrown: unknown): boolean {
  return thrown instanceof RegistryError && [400, 403, 405, 409, 412, 422].includes(thrown.facts.status ?? 0);
}

function says(pattern: RegExp): (item: RegistryErrorItem) => boolean {
  return (item) => pattern.test(item.message);
}
