import { environmentName } from "../credentials/environment.ts";
import { createHosts, type Hosts } from "../hosts/host-facts.ts";
import type { HostSettings } from "../model/host-settings.ts";
import type { AccessTokens, AwsKeys, Credentials } from "../model/ports.ts";
import { secret } from "../model/secret.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { createApiClient } from "../registry/api.ts";
import type { Egress } from "../registry/egress.ts";
import { systemClock } from "./clock.ts";
import type { Context } from "./context.ts";
import { allowsPlainHttpCredentials } from "./registry-settings.ts";
import type { Settings } from "./settings.ts";

export type HostsRequest = {
  readonly context: Context;
  readonly manifest: Pick<SyncManifest, "registries">;
  readonly settings: Settings;
  readonly egress: Egress;
  readonly credentials: Credentials;
  readonly accessTokens: AccessTokens;
  readonly settingsFor: (host: string) => HostSettings;
  /** The same without what images.yaml says: credentials for APIs go where the person's settings lead, and nowhere else. */
  readonly personalSettingsFor: (host: string) => HostSettings;
};

const API_TOKEN = "IMGSYNC_API_TOKEN_";

/** The APIs of the registries of this manifest. Nothing is asked before it is needed. */
export function openHosts(request: HostsRequest): Hosts {
  const { context, manifest, settings, egress, credentials, accessTokens } = request;
  return createHosts({
    api: createApiClient({ egress, clock: systemClock, random: Math.random }),
    apiSettings: (registry, usual) => apiSettings(registry, usual, request),
    credentials,
    accessTokens,
    apiToken: (host) => {
      const suffix = environmentName(host);
      const token = suffix === "" ? "" : (context.environment[API_TOKEN + suffix] ?? "");
      return token === "" ? undefined : secret(token);
    },
    aws: () => awsKeys(context),
    universes: settings.universes,
    named: (host) => settings.registries.get(host)?.product ?? manifest.registries.get(host)?.product,
  });
}

/** As the AWS tools, and what CI systems set for them, name them. */
function awsKeys({ environment }: Context): AwsKeys | undefined {
  const accessKeyId = environment["AWS_ACCESS_KEY_ID"] ?? "";
  const secretAccessKey = environment["AWS_SECRET_ACCESS_KEY"] ?? "";
  const sessionToken = environment["AWS_SESSION_TOKEN"] ?? "";
  if (accessKeyId === "" || secretAccessKey === "") return undefined;
  return {
    accessKeyId,
    secretAccessKey: secret(secretAccessKey),
    ...(sessionToken === "" ? {} : { sessionToken: secret(sessionToken) }),
  };
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
