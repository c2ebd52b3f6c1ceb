import { createAws } from "../../credentials/aws/aws.ts";
import { createAwsRequests } from "../../credentials/aws/request-handler.ts";
import { environmentApiToken } from "../../credentials/environment.ts";
import { createExec } from "../../programs/exec.ts";
import { createHosts, type Hosts } from "../../products/api/hosts.ts";
import type { HostSettings } from "../../model/host-settings.ts";
import type { AccessTokens, Credentials } from "../../model/ports.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import { createApiClient } from "../../http/api.ts";
import type { Egress } from "../../http/egress.ts";
import { systemClock } from "../../async/system-clock.ts";
import { allowsPlainHttpCredentials } from "../../settings/registry-settings.ts";
import type { Settings } from "../../settings/settings.ts";
import type { World } from "./world.ts";

export type HostsRequest = {
  readonly world: Pick<World, "environment" | "trace">;
  readonly manifest: Pick<SyncManifest, "registries">;
  readonly settings: Settings;
  readonly egress: Egress;
  readonly credentials: Credentials;
  readonly accessTokens: AccessTokens;
  readonly settingsFor: (host: string) => HostSettings;
  /** The same without images.yaml: API credentials are only sent to hosts that the user's own settings allow. */
  readonly personalSettingsFor: (host: string) => HostSettings;
};

/** The APIs of the registries in this manifest. Nothing is requested before it is needed. */
export function openHosts(request: HostsRequest): Hosts {
  const { world, manifest, settings, egress, credentials, accessTokens } = request;
  const sending = { egress, clock: systemClock, random: Math.random };
  return createHosts({
    api: createApiClient(sending),
    apiSettings: (registry, usual) => apiSettings(registry, usual, request),
    credentials,
    accessTokens,
    apiToken: (host) => environmentApiToken(world.environment, host),
    aws: createAws({
      environment: world.environment,
      exec: createExec(world),
      requests: createAwsRequests({ ...sending, settingsFor: request.personalSettingsFor }),
      clock: systemClock,
    }),
    universes: settings.universes,
    named: (host) => settings.registries.get(host)?.product ?? manifest.registries.get(host)?.product,
  });
}

function apiSettings(registry: string, usual: string, request: HostsRequest): HostSettings {
  const { settings, settingsFor, personalSettingsFor } = request;
  const api = settings.registries.get(registry)?.api;
  if (api === undefined) return usual === registry ? settingsFor(registry) : personalSettingsFor(usual);
  const { host, protocol } = new URL(api);
  const plainHttp = protocol === "http:";
  const allowsCredentials = !plainHttp || allowsPlainHttpCredentials(host, settings.allowPlainHttp);
  return { ...personalSettingsFor(host), plainHttp, allowsCredentials };
}
