import type { HostSettings } from "../model/host-settings.ts";
import { RegistryError } from "./error.ts";

/** The error for credentials that would travel over an unprotected connection. */
export function unprotected({ host, plainHttp }: HostSettings): RegistryError {
  return new RegistryError({
    code: "CREDENTIALS_FAILED",
    message: `refused to send credentials to ${host} ${plainHttp ? "over plain http" : "without checking its certificate"}`,
    hint: plainHttp
      ? `if you control the network in between, allow it: --allow-plain-http ${host}`
      : `configure the registry's CA with ca instead of disabling the check`,
  });
}
