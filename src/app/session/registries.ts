import type { DeadlineOptions } from "../../model/deadline.ts";
import { createAccessTokens } from "../../credentials/google/access-tokens.ts";
import type { CredentialChain } from "../../credentials/chain.ts";
import type { Hosts } from "../../products/api/hosts.ts";
import { lifeOf } from "../../model/credential-life.ts";
import { defaultHostSettings, type HostSettings } from "../../model/host-settings.ts";
import { isLayout } from "../../model/layout-name.ts";
import type { AccessTokens, Clock, CredentialLives, Credentials } from "../../model/ports.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import type { Spending } from "../../model/spending.ts";
import { unprotected } from "../../http/unprotected.ts";
import { createRegistryClient, type RegistryClient } from "../../registry/client.ts";
import { createEgress } from "../../http/egress.ts";
import { readProxies } from "../../http/proxies.ts";
import type { Rate } from "../../http/rate.ts";
import { atMirror, withMirrors } from "../../registry/mirrors.ts";
import { storeByRepository } from "../../stores/by-repository.ts";
import { createLayoutStore } from "../../stores/oci-layout/store.ts";
import { systemClock } from "../../async/system-clock.ts";
import { openCredentials, type RegistryConfig } from "./credentials.ts";
import { openHosts } from "./hosts.ts";
import { resolveHostSettings } from "../../settings/registry-settings.ts";
import type { Settings } from "../../settings/settings.ts";
import { refuseUnusable } from "./unusable-files.ts";
import { VERSION } from "./version.ts";
import type { World } from "./world.ts";

export type Registries = {
  readonly client: RegistryClient;
  /** For programs that are given credentials: what the client itself would send, and an error where it would not. */
  readonly credentials: Credentials;
  /** How long those live. */
  readonly lives: CredentialLives;
  /** Where credentials come from, for people. */
  readonly chain: CredentialChain;
  /** For Google's own interfaces. */
  readonly accessTokens: AccessTokens;
  /** What registries tell beyond the protocol; undefined for a stranger's manifest, which gets no credentials to ask with. */
  readonly hosts: Hosts | undefined;
  readonly settingsFor: (host: string) => HostSettings;
  /** How long one question of planning may take. */
  readonly deadline: DeadlineOptions;
  /** What was spent until now. */
  readonly spending: () => Spending;
  readonly close: () => Promise<void>;
};

export type RegistriesOptions = {
  readonly world: World;
  /** What a manifest says about registries; empty where there is none. */
  readonly manifest: RegistryConfig;
  /** Of images.yaml. */
  readonly folder: string;
  readonly settings: Settings;
  readonly untrusted: boolean;
  readonly onWarning: (message: string, host: string) => void;
  /** Told of every answer, to count them. */
  readonly onAnswer?: (host: string, status: number) => void;
  /** How long is waited before a request is repeated; by default the real time. */
  readonly clock?: Clock;
  /** What runs before this one measured. */
  readonly rate?: Rate;
};

/**
 * Everything between us and the registries of this manifest: connections, credentials, trust.
 * @throws ManifestError where files that the manifest names cannot be read
 */
export async function openRegistries(options: RegistriesOptions): Promise<Registries> {
  const { world, manifest, folder, settings, untrusted, clock = systemClock } = options;
  const { hosts: known, diagnostics } = await resolveHostSettings({
    manifest: manifest.registries,
    manifestFolder: folder,
    settings,
    untrusted,
  });
  refuseUnusable(diagnostics);
  let requests = 0;
  const egress = createEgress({
    proxies: readProxies(world.environment),
    onAnswer: (host, status) => {
      requests += 1;
      options.onAnswer?.(host, status);
    },
    timeouts: settings.timeouts,
    userAgent: `imgsync/${VERSION}`,
    clock,
    trace: world.trace,
    ...(untrusted ? { onlyHosts: new Set(settings.registries.keys()) } : {}),
  });
  const onWarningOnce = onceEach(options.onWarning);
  const settingsFor = lookUp(known);
  const { chain: wholeChain, google } = openCredentials({ ...options, egress, settingsFor });
  const chain = forRegistriesAlone(wholeChain);
  const credentials = guard(chain, settingsFor);
  const accessTokens = createAccessTokens({ credentials, google, universes: settings.universes });
  const direct = createRegistryClient({
    egress,
    credentials: chain,
    settingsFor,
    clock,
    random: Math.random,
    timeouts: settings.timeouts,
    onWarning: onWarningOnce,
    ...(options.rate === undefined ? {} : { rate: options.rate }),
  });
  const client = storeByRepository({
    registries: withMirrors(direct, { mirrorsOf: mirrorsOf(manifest), onWarning: onWarningOnce }),
    layouts: createLayoutStore({ folder, allowed: settings.allowFiles, clock }),
  });
  const open = { world, manifest, settings, egress, credentials, accessTokens, settingsFor };
  const hosts = untrusted ? undefined : openHosts({ ...open, personalSettingsFor: await readPersonal(settings) });
  const spending = (): Spending => ({ requests, pullLimits: client.pullLimits.all() });
  const lives = livesOf(credentials, clock);
  const deadline = { clock, milliseconds: settings.timeouts.itemMs };
  const parts = { client, credentials, lives, chain, accessTokens, hosts, settingsFor, deadline };
  return { ...parts, spending, close: egress.close };
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

/** Nothing is looked up for a folder: a credential helper would be asked about a host that is none. */
function forRegistriesAlone({ find, explain }: CredentialChain): CredentialChain {
  return {
    find: async (repository, how) => (isLayout(repository) ? undefined : find(repository, how)),
    explain: async (repository, how) => (isLayout(repository) ? [] : explain(repository, how)),
  };
}

function livesOf({ find }: Credentials, clock: Clock): CredentialLives {
  return {
    find: async (repository, cancellable) => {
      const credential = await find(repository, cancellable);
      return credential && lifeOf(credential, clock.now());
    },
  };
}

/** Mirrors serve what is only read: at a target, what counts is what the registry itself has. */
function mirrorsOf({ entries = [], registries }: RegistryConfig): (repository: Repository) => readonly Repository[] {
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

function onceEach(warn: (message: string, host: string) => void): (host: string, text: string) => void {
  const seen = new Set<string>();
  return (host, text) => {
    const key = `${host} ${text}`;
    if (!seen.has(key)) warn(text, host);
    seen.add(key);
  };
}
