import type { ExecResult } from "../programs/exec.ts";
import { googleDomainOf } from "../products/table.ts";
import { gcloudIn, type Universes } from "../products/universes.ts";

const ALLOW = "gcloud config set artifacts/allow_unrecognized_registry true";
/** Hosts in gcloud's own list belong to this universe. */
const LISTED = "googleapis.com";

/**
 * Returns the fix for a known failure of docker-credential-gcloud, or undefined. gcloud reports errors on stdout or stderr. Its output is
 * not repeated, as it may contain tokens.
 */
export function gcloudHelperHint(
  { stdout, stderr }: ExecResult,
  host: string,
  universes?: Universes,
): string | undefined {
  const said = `${stdout}\n${stderr}`;
  const own = googleDomainOf(host, universes);
  const universe = own ?? LISTED;
  const login = gcloudIn(universe, "gcloud auth login");
  if (/Repository url \[[^\]]*\] is not supported/.test(said)) {
    return `gcloud answers only for hosts of its own list; for ${host} run: ${ALLOW} (in CI set CLOUDSDK_ARTIFACTS_ALLOW_UNRECOGNIZED_REGISTRY=true for every program that needs it, docker too)`;
  }
  if (said.includes("do not currently have an active account")) {
    return own === LISTED
      ? `gcloud has no active account, run: ${login}`
      : `gcloud has no active account, run: ${login}; and for this host also: ${ALLOW}`;
  }
  if (said.includes("[core/universe_domain] property")) {
    return `gcloud's active account does not belong to the universe ${universe}, run: ${login}`;
  }
  if (/reauth|invalid_grant|refreshing your current auth tokens/i.test(said)) {
    return `gcloud's login has expired, run: ${login}`;
  }
  return undefined;
}
