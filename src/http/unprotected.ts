import type { HostSettings } from "../model/host-settings.ts";
import { RegistryError } from "./error.ts";

/** Why credentials may not go there. */
export function unprotected({ host, plainHttp }: HostSettings): RegistryError {
  return new RegistryError({
    code: "CREDENTIALS_FAILED",
    message: `refused to send credentials to ${host} ${plainHttp ? "over plain http" : "without checking its certificate"}`,
    hint: plainHttp
      ? `if the network between is yours, allow it: --allow-plain-http ${host}`
      : `name the registry's authority with ca in place of switching the check off`,
  });
}
