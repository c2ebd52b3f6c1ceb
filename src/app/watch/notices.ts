import { ImgsyncError } from "../../model/error.ts";
import { holdSecret } from "../../model/secret.ts";
import { createEgress, type Egress } from "../../http/egress.ts";
import { isLoopback } from "../../http/address.ts";
import { readProxies } from "../../http/proxies.ts";
import { systemClock } from "../../async/system-clock.ts";
import type { World } from "../session/world.ts";
import type { Settings } from "../../settings/settings.ts";
import { VERSION } from "../session/version.ts";

const WEBHOOK = "IMGSYNC_WEBHOOK_URL";
const HEARTBEAT = "IMGSYNC_HEARTBEAT_URL";

export type Addresses = { readonly webhook?: URL; readonly heartbeat?: URL };

/**
 * Where runs are told to. From the environment alone: such addresses are secrets, and arguments are seen by everybody.
 * @throws ImgsyncError USAGE for what is no address
 */
export function readAddresses({ environment }: Pick<World, "environment">): Addresses {
  const webhook = readAddress(WEBHOOK, environment[WEBHOOK]);
  const heartbeat = readAddress(HEARTBEAT, environment[HEARTBEAT]);
  return { ...(webhook === undefined ? {} : { webhook }), ...(heartbeat === undefined ? {} : { heartbeat }) };
}

/** The door for notices; registries have their own. */
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
    // without the host, which errors name
    holdSecret(url.pathname.slice(1) + url.search);
    return url;
  }
  throw new ImgsyncError({
    code: "USAGE",
    message: `${name} is not a usable address`,
    hint: "write https://HOST/PATH; plain http is allowed for localhost only",
  });
}
