import { takesGoogleTokens, googleDomainOf } from "../../products/table.ts";
import type { Universes } from "../../products/universes.ts";
import { credentialsFailed } from "../source/failure.ts";

/** @throws ImgsyncError CREDENTIALS_FAILED for a host that must not receive Google credentials */
export function checkHost(host: string, universes: Universes): void {
  if (takesGoogleTokens(host, universes)) return;
  throw credentialsFailed(`"${host}" is not a registry of Google Cloud, so it gets no Google credentials`, {
    host,
    hint: "for another universe, add its domain to universes in your own settings; otherwise use other credentials for it",
  });
}

/**
 * Requires that credentials and host belong to the same universe. Credentials of another one are useless there and must not leak.
 * @throws ImgsyncError CREDENTIALS_FAILED
 */
export function checkUniverse(
  host: string,
  { what, universe }: { readonly what: string; readonly universe: string },
  universes: Universes | undefined,
): void {
  const wanted = googleDomainOf(host, universes);
  if (universe === wanted) return;
  throw credentialsFailed(`${what} belongs to the universe "${universe}", and "${host}" to "${wanted ?? "none"}"`, {
    host,
    hint: `use credentials of ${wanted ?? "the host's universe"} for it`,
  });
}
