import { RegistryError } from "../http/error.ts";
import type { Refusal } from "../products/product-facts.ts";
import { whoSaysImmutable } from "../products/table.ts";

/**
 * Reports whether a refused manifest PUT says that the tag is immutable, and which product's wording it is. Some products only respond
 * DENIED; then the tag must be read again, see `isSuspect`.
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

/** The same for the output of a program such as docker, which has no error code. */
export function classifyRefusalText(message: string): { readonly product: string } | undefined {
  const product = whoRefuses({ code: "", message });
  return product === undefined ? undefined : { product };
}

/** Reports whether a refusal may concern an existing tag without saying so, so that the tag is worth reading again. */
export function isSuspect(thrown: unknown): boolean {
  return thrown instanceof RegistryError && [400, 403, 405, 409, 412, 422].includes(thrown.facts.status ?? 0);
}

/** Returns the product that uses this wording, or `the registry` if it is not specific to one. */
function whoRefuses(refusal: Refusal): string | undefined {
  return whoSaysImmutable(refusal) ?? (/immutable/i.test(refusal.message) ? "the registry" : undefined);
}
