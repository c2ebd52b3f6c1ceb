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
import type { Hosts } from "../hosts/host-facts.ts";
import { ImgsyncError } from "../model/error.ts";
import { defaultHostSettings, type HostSettings } from "../model/host-settings.ts";
import type { Credentials } from "../model/ports.ts";
import { formatRepository, type Repository } from "../model/reference.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { unprotected } from "../registry/auth.ts";
import { createRegistryClient, type RegistryClient } from "../registry/client.ts";
import { createEgress } from "../registry/egress.ts";
import { atMirror, withMirrors } from "../registry/mirrors.ts";
import { renderDiagnostics } from "../reporters/diagnostics.ts";
import { systemClock } from "./clock.ts";
import type { Context, Look } from "./context.ts";
import { renderOptionsFor } from "./context.ts";
import { openHosts } from "./hosts.ts";
import { resolveHostSettings } from "./registry-settings.ts";
import type { Settings } from "./settings.ts";
import { VERSION } from "./version.ts";

/** What a manifest says about registries; `list` and `auth` have no entries. */
export type RegistryWords = Pick<SyncManifest, "registries"> & Partial<Pick<SyncManifest, "entries" | "prefixAuth">>;

export type Registries = {
  readonly client: RegistryClient;
  /** For programs that are given credentials: what the client itself would send, and an error where it would not. */
  readonly credentials: Credentials;
  /** What registries tell beyond the protocol; undefined for a stranger's manifest, which gets no credentials to ask with. */
  readonly hosts: Hosts | undefined;
  readonly close: () => Promise<void>;
};

export type RegistriesOptions = {
  readonly context: Context;
  /** What a manifest says about registries; empty where there is none. */
  readonly manifest: RegistryWords;
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
  const { hosts: known, diagnostics } = await resolveHostSettings({
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
    clock: systemClock,
    ...(untrusted ? { onlyHosts: new Set(settings.registries.keys()) } : {}),
  });
  const onWarningOnce = onceEach(options.onWarning);
  const credentials = openCredentials(options);
  const settingsFor = lookUp(known);
  const direct = createRegistryClient({
    egress,
    credentials,
    settingsFor,
    clock: systemClock,
    random: Math.random,
    timeouts: settings.timeouts,
    onWarning: onWarningOnce,
  });
  const client = withMirrors(direct, { mirrorsOf: mirrorsOf(manifest), onWarning: onWarningOnce });
  const guarded = guard(credentials, settingsFor);
  const open = { context, manifest, settings, egress, credentials: guarded, settingsFor };
  const hosts = untrusted ? undefined : openHosts({ ...open, personalSettingsFor: await readPersonal(settings) });
  return { client, credentials: guarded, hosts, close: egress.close };
}

async function readPersonal(settings: Settings): Promise<(host: string) => HostSettings> {
  const { hosts } = await resolveHostSettings({ manifest: new Map(), manifestFolder: "", settings, untrusted: false });
  return lookUp(hosts);
}

function guard({ find }: Credentials, settingsFor: (host: string) => HostSettings): Credentials {
  return {
    find: async (repository, cancellable) => {
      const credential = await find(repository, cancellable);
      const host = settingsFor(repository.host);
      if (credential !== undefined && !host.allowsCredentials) throw unprotected(host);
      return credential;
    },
  };
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
  const auth = new Map([
    ...[...manifest.registries].flatMap(([host, registry]) =>
      registry.auth === undefined ? [] : [[host, registry.auth] as const],
    ),
    ...(manifest.prefixAuth ?? []),
  ]);
  const gcloud = createGcloud({ exec, clock: systemClock, universes: settings.universes });
  return createCredentials({ auth, sources, helpers, gcloud, untrusted });
}

/** Mirrors serve what is only read: at a target, what counts is what the registry itself has. */
function mirrorsOf({ entries = [], registries }: RegistryWords): (repository: Repository) => readonly Repository[] {
  const targets = new Set(
    entries.flatMap(({ targets }) => targets.map(({ repository }) => formatRepository(repository))),
  );
  return (repository) => {
    const mirrors = registries.get(repository.host)?.mirrors ?? [];
    if (mirrors.length === 0 || targets.has(formatRepository(repository))) return [];
    return mirrors.map((mirror) => atMirror(mirror, repository));
  };
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
