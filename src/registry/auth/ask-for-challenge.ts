import type { HostSettings } from "../../model/host-settings.ts";
import { readStart } from "../../http/body.ts";
import { type Challenge, parseChallenge } from "./challenge.ts";
import type { Egress } from "../../http/egress.ts";
import { isRetryableStatus, responseError } from "../../http/error.ts";
import { LIMITS } from "../../http/limits.ts";
import { registryUrl } from "../../http/origin.ts";

/**
 * Requests `/v2/` and returns its challenge, or undefined if the host allows anonymous access. OCI distribution-spec, "Determining
 * Support".
 */
export async function askForChallenge(
  egress: Egress,
  registry: HostSettings,
  signal: AbortSignal,
): Promise<Challenge | undefined> {
  const url = new URL("/v2/", registryUrl(registry));
  const answer = await egress.send({
    registry,
    purpose: "registry",
    method: "GET",
    url,
    why: "ask which credentials the registry takes",
    headers: {},
    signal,
  });
  const header = answer.header("www-authenticate");
  if (isRetryableStatus(answer.status)) {
    const body = await readStart(answer.body, LIMITS.errorBytes);
    throw responseError({ what: "GET /v2/", host: registry.host, status: answer.status, body });
  }
  await answer.discard();
  const isOwn = answer.url.origin === url.origin;
  return header === undefined || answer.status < 400 || !isOwn ? undefined : parseChallenge(header);
}
