import { ImgsyncError } from "../../model/error.ts";
import { holdSecret } from "../../model/secret.ts";
import { createEgress, type Egress } from "../../http/egress.ts";
import { isLoopback } from "../../http/address.ts";
import { readProxies } from "../../http/proxies.ts";
import { systemClock } from "../../async/system-clock.ts";
import type { World } from "../session/world.ts";
import type { Settings } from "../../settings/settings.ts";
import { VERSION } from "../session/version.ts";
import { defined } from "../../model/defined.ts";

const WEBHOOK = "IMGSYNC_WEBHOOK_URL";
const HEARTBEAT = "IMGSYNC_HEARTBEAT_URL";

export type Addresses = { readonly webhook?: URL; readonly heartbeat?: URL };

/**
 * Reads the webhook and heartbeat URLs. They come from the environment only: such URLs are secrets, and arguments are visible to all users.
 * @throws ImgsyncError USAGE if a URL is not valid
 */
export function readAddresses({ environment }: Pick<World, "environment">): Addresses {
  const webhook = readAddress(WEBHOOK, environment[WEBHOOK]);
  const heartbeat = readAddress(HEARTBEAT, environment[HEARTBEAT]);
  return defined({ webhook, heartbeat });
}

/** The egress for notifications, separate from that of the registries. */
export function openNotices(
  { environment, trace }: Pick<World, "environment" | "trace">,
  { timeouts }: Pick<Settings, "timeouts">,
): Egress {
  return createEgress({
    proxies: readProxies(environment),
    timeouts,
    userAgent: `imgsync/${VERSION}`,
    clock: systemClock,
    trace,
  });
}

function readAddress(name: string, text: string | undefined): URL | undefined {
  if (text === undefined || text === "") return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url))) {
    holdSecret(text);
    // without the host, which appears in errors
    holdSecret(url.pathname.slice(1) + url.search);
    return url;
  }
  throw new ImgsyncError({
    code: "USAGE",
    message: `${name} is not a usable address`,
    hint: "write https://HOST/PATH; plain http is allowed for localhost only",
  });
}
