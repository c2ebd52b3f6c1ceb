import { adviceOf } from "../../products/credential-advice.ts";
import type { HostSettings } from "../../model/host-settings.ts";
import type { Cancellable, Credentials } from "../../model/ports.ts";
import type { Repository } from "../../model/reference.ts";
import { mayHoldCredentials } from "../../http/origin.ts";
import type { Challenge } from "./challenge.ts";

/** A refused request. */
export type Refused = Cancellable & { readonly registry: HostSettings; readonly repository: Repository };

/** Returns what to do about a 401 that remains after the challenge was answered. */
export async function adviseOnRefusal(credentials: Credentials, { repository, signal }: Refused): Promise<string> {
  return adviceOf(credentials, repository, await credentials.find(repository, { signal }));
}

/**
 * Returns what to do about a 403 to a request that was anonymous, or undefined if it had credentials. Many registries give anonymous clients
 * a token, and refuse them only afterwards.
 */
export async function adviseOnDenial(
  credentials: Credentials,
  { registry, repository, signal }: Refused,
  challenge: Challenge | undefined,
): Promise<string | undefined> {
  const credential = await credentials.find(repository, { signal });
  if (credential === undefined) return adviceOf(credentials, repository, undefined);
  const realm = challenge?.scheme === "bearer" && URL.canParse(challenge.realm) ? new URL(challenge.realm) : undefined;
  return realm === undefined || mayHoldCredentials(registry, realm) ? undefined : withheld(realm, registry);
}

/** The hint if the token service did not get the credentials. */
export function withheld({ host }: URL, registry: HostSettings): string {
  return `the token service ${host} is on another host than the registry, so it was not shown the credentials; if it may see them, add it to trustedRealms of "${registry.host}" in your own settings`;
}
