import type { ExecResult } from "../programs/exec.ts";
import { googleDomainOf } from "../products/table.ts";

const ALLOW = "gcloud config set artifacts/allow_unrecognized_registry true";

/**
 * Returns the fix for a known failure of docker-credential-gcloud, or undefined. gcloud reports errors on stdout or stderr. Its output is
 * not repeated, as it may contain tokens.
 */
export function gcloudHelperHint({ stdout, stderr }: ExecResult, host: string): string | undefined {
  const said = `${stdout}\n${stderr}`;
  if (/Repository url \[[^\]]*\] is not supported/.test(said)) {
    return `gcloud answers only for hosts of its own list; for ${host} run: ${ALLOW} (in CI set CLOUDSDK_ARTIFACTS_ALLOW_UNRECOGNIZED_REGISTRY=true for every program that needs it, docker too)`;
  }
  if (said.includes("do not currently have an active account")) {
    return isOutsideItsList(host)
      ? `gcloud has no active account, run: gcloud auth login; and for this host also: ${ALLOW}`
      : "gcloud has no active account, run: gcloud auth login";
  }
  if (/reauth|invalid_grant|refreshing your current auth tokens/i.test(said)) {
    return "gcloud's login has expired, run: gcloud auth login";
  }
  return undefined;
}

function isOutsideItsList(host: string): boolean {
  return googleDomainOf(host) !== "googleapis.com";
}
