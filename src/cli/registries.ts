import { homedir } from "node:os";
import { createContainersAuth } from "../credentials/containers-auth.ts";
import { createCredentials, type CredentialChain } from "../credentials/chain.ts";
import { createDockerAuthConfig, createDockerConfig } from "../credentials/docker-config.ts";
import { createEnvironmentCredentials } from "../credentials/environment.ts";
import { createGcloud } from "../credentials/gcloud.ts";
import { createHelpers } from "../credentials/helper.ts";
import { credentialLocations } from "../credentials/locations.ts";
import type { CredentialSource } from "../credentials/source.ts";
import { createExec } from "../exec.ts";
import { ImgsyncError } from "../model/error.ts";
import { defaultHostSettings, type HostSettings } from "../model/host-settings.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { createRegistryClient, type RegistryClient } from "../registry/client.ts";
import { createEgress } from "../registry/egress.ts";
import { renderDiagnostics } from "../reporters/diagnostics.ts";
import { systemClock } from "./clock.ts";
import type { Context, Look } from "./context.ts";
import { renderOptionsFor } from "./context.ts";
import { resolveHostSettings } from "./registry-settings.ts";
import type { Settings } from "./settings.ts";
import { VERSION } from "./version.ts";

export type Registries = {
  readonly client: RegistryClient;
  readonly close: () => Promise<void>;
};

export type RegistriesOptions = {
  readonly context: Context;
  /** What a manifest says about registries; empty where there is none. */
  readonly manifest: Pick<SyncManifest, "registries">;
  /** Of images.yaml. */
  readonly folder: string;
  readonly settings: Settings;
  readonly untrusted: boolean;
  readonly look: Look;
  readonly onWarning: (message: string, host: string) => void;
};

/**
 * Everything between us and the registries of this manifest: connections, credentials, trust.
 * @throws ImgsyncError MANIFEST_INVALID where files that the manifest names cannot be read; they are told on stderr before
 */
export async function openRegistries(options: RegistriesOptions): Promise<Registries> {
  const { context, manifest, folder, settings, untrusted, look } = options;
  const { hosts, diagnostics } = await resolveHostSettings({
    manifest: manifest.registries,
    manifestFolder: folder,
    settings,
    untrusted,
  });
  if (diagnostics.length > 0) {
    context.stderr.write(renderDiagnostics(diagnostics, renderOptionsFor(context, "stderr", look)));
    throw new ImgsyncError({ code: "MANIFEST_INVALID", message: "files that the manifest names cannot be used" });
  }
  const egress = createEgress({
    proxies: proxiesOf(context),
    timeouts: settings.timeouts,
    userAgent: `imgsync/${VERSION}`,
    ...(untrusted ? { onlyHosts: new Set(settings.registries.keys()) } : {}),
  });
  const client = createRegistryClient({
    egress,
    credentials: openCredentials(options),
    settingsFor: lookUp(hosts),
    clock: systemClock,
    random: Math.random,
    timeouts: settings.timeouts,
    onWarning: onceEach(options.onWarning),
  });
  return { client, close: egress.close };
}

/** The chain of credentials for these registries; nothing is read before it is asked. */
export function openCredentials({
  context,
  manifest,
  settings,
  untrusted,
}: Pick<RegistriesOptions, "context" | "manifest" | "settings" | "untrusted">): CredentialChain {
  const { environment } = context;
  const exec = createExec({ environment });
  const helpers = createHelpers(exec);
  const locations = credentialLocations({ environment, home: homedir(), userId: process.getuid?.() });
  const dockerAuthConfig = environment["DOCKER_AUTH_CONFIG"] ?? "";
  const sources: readonly CredentialSource[] = [
    createEnvironmentCredentials(environment),
    ...(dockerAuthConfig === "" ? [] : [createDockerAuthConfig(dockerAuthConfig)]),
    createDockerConfig({ file: locations.dockerConfig, helpers }),
    ...locations.containersAuth.map((file) => createContainersAuth({ file, helpers })),
  ];
  const auth = new Map(
    [...manifest.registries].flatMap(([host, registry]) =>
      registry.auth === undefined ? [] : [[host, registry.auth] as const],
    ),
  );
  const gcloud = createGcloud({ exec, clock: systemClock, universes: settings.universes });
  return createCredentials({ auth, sources, helpers, gcloud, untrusted });
}

function lookUp(hosts: readonly HostSettings[]): (host: string) => HostSettings {
  const known = new Map(hosts.map((one) => [one.host, one]));
  return (host) => known.get(host) ?? defaultHostSettings(host);
}

function proxiesOf({ environment }: Context): { http: string; https: string; no: string } {
  const value = (name: string): string => environment[name.toLowerCase()] || environment[name] || "";
  return { http: value("HTTP_PROXY"), https: value("HTTPS_PROXY"), no: value("NO_PROXY") };
}

function onceEach(tell: (message: string, host: string) => void): (host: string, text: string) => void {
  const told = new Set<string>();
  return (host, text) => {
    const key = `${host} ${text}`;
    if (!told.has(key)) tell(text, host);
    told.add(key);
  };
}
