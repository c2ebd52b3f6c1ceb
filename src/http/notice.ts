import { ImgsyncError } from "../model/error.ts";
import { defaultHostSettings } from "../model/host-settings.ts";
import { maskSecrets } from "../model/secret.ts";
import { isLoopback } from "./address.ts";
import type { Egress } from "./egress.ts";
import { defined } from "../model/defined.ts";

const TIMEOUT_MS = 10_000;

/**
 * Notifies another service: a JSON body by POST, or a GET without a body. The URL may contain a secret, so errors contain only its host.
 * @throws ImgsyncError REGISTRY_ERROR if the service does not accept it
 */
export async function sendNotice(egress: Egress, url: URL, body: string | undefined): Promise<void> {
  const registry = { ...defaultHostSettings(url.host), plainHttp: url.protocol === "http:" && isLoopback(url) };
  const status = await send(egress, { registry, url, body }).catch((thrown: unknown) => {
    const code = thrown instanceof ImgsyncError ? ` (${thrown.code})` : "";
    throw failure(`${url.host} could not be notified${code}`);
  });
  if (status < 200 || status > 299) throw failure(`${url.host} answered with status ${status}`);
}

type Notice = {
  readonly registry: ReturnType<typeof defaultHostSettings>;
  readonly url: URL;
  readonly body: string | undefined;
};

async function send(egress: Egress, { registry, url, body }: Notice): Promise<number> {
  const answer = await egress.send({
    registry,
    purpose: "registry",
    method: body === undefined ? "GET" : "POST",
    url,
    why: "notify",
    isAddressSecret: true,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    ...defined({ body: body === undefined ? undefined : Buffer.from(maskSecrets(body), "utf8") }),
    headersTimeoutMs: TIMEOUT_MS,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await answer.discard();
  return answer.status;
}

function failure(message: string): ImgsyncError {
  return new ImgsyncError({ code: "REGISTRY_ERROR", message, hint: "check its address and its own status" });
}
