import { RegistryError } from "../http/error.ts";
import type { Refusal } from "../products/product-facts.ts";
import { whoSaysImmutable } from "../products/table.ts";

/**
 * Whether a refused manifest PUT says that the tag is immutable, and whose words they are. Some products have no words
 * for it and answer DENIED: then only another look at the tag shows it, which `isSuspect` asks for.
 */
export function classifyRefusal(thrown: unknown): { readonly product: string; readonly message: string } | undefined {
  if (!(thrown instanceof RegistryError)) return undefined;
  const { status, items = [] } = thrown.facts;
  if (status === undefined || status < 400 || status >= 500) return undefined;
  const candidates = items.length > 0 ? items : [{ code: "", message: thrown.message }];
  for (const item of candidates) {
    const product = whoRefuses(item);
    if (product !== undefined) return { product, message: item.message === "" ? item.code : item.message };
  }
  return undefined;
}

/** The same for the text that a program such as docker prints, which has no code of its own. */
export function classifyRefusalText(message: string): { readonly product: string } | undefined {
  const product = whoRefuses({ code: "", message });
  return product === undefined ? undefined : { product };
}

/** A refusal that may be about an existing tag although it does not say so: worth a second look at the tag. */
export function isSuspect(thrown: unknown): boolean {
  return thrown instanceof RegistryError && [400, 403, 405, 409, 412, 422].includes(thrown.facts.status ?? 0);
}

/** A product by its own words, or `the registry` where the words are not specific to one. */
function whoRefuses(refusal: Refusal): string | undefined {
  return whoSaysImmutable(refusal) ?? (/immutable/i.test(refusal.message) ? "the registry" : undefined);
}
