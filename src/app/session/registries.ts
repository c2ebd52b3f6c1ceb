import type { DeadlineOptions } from "../../model/deadline.ts";
import { createAccessTokens } from "../../credentials/google/access-tokens.ts";
import type { CredentialChain } from "../../credentials/chain.ts";
import type { Hosts } from "../../products/api/hosts.ts";
import { expiryWarning, lifeOf } from "../../model/credential-life.ts";
import { defaultHostSettings, type HostSettings } from "../../model/host-settings.ts";
import { isLayout } from "../../model/layout-name.ts";
import type { AccessTokens, Clock, CredentialLives, Credentials } from "../../model/ports.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import type { Spending } from "../../model/spending.ts";
import { unprotected } from "../../http/unprotected.ts";
import { createRegistryClient, type RegistryClient } from "../../registry/client.ts";
import { isBelowTarget } from "../../model/catalog.ts";
import { PULL_RESERVE } from "../../http/limits.ts";
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
import { defined } from "../../model/defined.ts";

export type Registries = {
  readonly client: RegistryClient;
  /** For programs that need credentials: exactly what the client itself would send, or an error if it would not send any. */
  readonly credentials: Credentials;
  /** The lifetimes of these credentials. */
  readonly lives: CredentialLives;
  /** For showing where credentials come from. */
  readonly chain: CredentialChain;
  /** For Google's own APIs. */
  readonly accessTokens: AccessTokens;
  /** Product APIs beyond the distribution protocol; undefined for an untrusted manifest, which gets no credentials for them. */
  readonly hosts: Hosts | undefined;
  readonly settingsFor: (host: string) => HostSettings;
  /** The time limit for one question of planning. */
  readonly deadline: DeadlineOptions;
  /** Requests and pulls spent so far. */
  readonly spending: () => Spending;
  readonly close: () => Promise<void>;
};

export type RegistriesOptions = {
  readonly world: World;
  /** The registry settings of a manifest; empty if there is no manifest. */
  readonly manifest: RegistryConfig;
  /** The folder of images.yaml. */
  readonly folder: string;
  readonly settings: Settings;
  readonly untrusted: boolean;
  readonly onWarning: (message: string, host: string) => void;
  /** Called for every response, for metrics. */
  readonly onAnswer?: (host: string, status: number) => void;
  /** For delays between retries; the system clock by default. */
  readonly clock?: Clock;
  /** Upload rates measured by earlier runs. */
  readonly rate?: Rate;
  /** The number of processes that send requests to the same hosts at a time, such as shards of one plan. */
  readonly sharedBy?: number;
};

/**
 * Opens the registries of a manifest: connections, credentials, trust.
 * @throws ManifestError if files that the manifest refers to cannot be read
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
    ...defined({ onlyHosts: untrusted ? new Set(settings.registries.keys()) : undefined }),
  });
  const onWarningOnce = onceEach(options.onWarning);
  const settingsFor = lookUp(known);
  const { chain: wholeChain, google } = openCredentials({ ...options, egress, settingsFor });
  const chain = forRegistriesAlone(wholeChain);
  const credentials = forPrograms(chain, { settingsFor, clock, onWarning: onWarningOnce });
  const accessTokens = createAccessTokens({ credentials, google, universes: settings.universes });
  const direct = createRegistryClient({
    egress,
    credentials: chain,
    settingsFor,
    clock,
    random: Math.random,
    timeouts: settings.timeouts,
    onWarning: onWarningOnce,
    ...defined({ rate: options.rate, sharedBy: options.sharedBy }),
  });
  const client = storeByRepository({
    registries: withMirrors(direct, { mirrorsOf: mirrorsOf(manifest), onWarning: onWarningOnce }),
    layouts: createLayoutStore({ folder, allowed: settings.allowFiles, clock }),
  });
  const open = { world, manifest, settings, egress, credentials, accessTokens, settingsFor };
  const hosts = untrusted ? undefined : openHosts({ ...open, personalSettingsFor: await readPersonal(settings) });
  const spending = (): Spending => ({
    requests,
    pullLimits: new Map(
      [...client.pullLimits.all()].map(([host, limit]) => [
        host,
        { ...limit, ...defined({ reserve: settingsFor(host).reserve?.pulls }) },
      ]),
    ),
  });
  const lives = livesOf(credentials, clock);
  const itemMs = settings.timeouts.itemMs + longestWait(known);
  const deadline = { clock, milliseconds: itemMs };
  const parts = { client, credentials, lives, chain, accessTokens, hosts, settingsFor, deadline };
  return { ...parts, spending, close: egress.close };
}

/** The time that a change or question may wait for pulls, in addition to its own time. */
function longestWait(hosts: readonly HostSettings[]): number {
  return hosts.some(({ reserve }) => reserve?.wait === true) ? PULL_RESERVE.maxWaitMs : 0;
}

async function readPersonal(settings: Settings): Promise<(host: string) => HostSettings> {
  const { hosts } = await resolveHostSettings({ manifest: new Map(), manifestFolder: "", settings, untrusted: false });
  return lookUp(hosts);
}

type ProgramOptions = {
  readonly settingsFor: (host: string) => HostSettings;
  readonly clock: Clock;
  readonly onWarning: (host: string, text: string) => void;
};

/** Protects credentials for programs as the client protects its own, and warns of their expiry. */
function forPrograms(
  { find, advise }: CredentialChain,
  { settingsFor, clock, onWarning }: ProgramOptions,
): Credentials {
  return {
    advise,
    find: async (repository, options) => {
      const credential = await find(repository, options);
      if (credential === undefined) return undefined;
      const host = settingsFor(repository.host);
      if (!host.allowsCredentials) throw unprotected(host);
      const warning = expiryWarning(credential, options.workMs, clock.now());
      if (warning !== undefined) onWarning(repository.host, warning);
      return credential;
    },
  };
}

/** Layout folders have no credentials: a lookup would ask a credential helper about a host that does not exist. */
function forRegistriesAlone({ find, explain, ...rest }: CredentialChain): CredentialChain {
  return {
    ...rest,
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

/** Mirrors only serve source repositories. For a target, only the content of the registry itself counts. */
function mirrorsOf({
  entries = [],
  catalogs = [],
  registries,
}: RegistryConfig): (repository: Repository) => readonly Repository[] {
  const targets = new Set(
    entries.flatMap(({ targets, referrersAt }) =>
      [...targets.map(({ repository }) => repository), ...(referrersAt?.target ? [referrersAt.target] : [])].map(
        formatRepository,
      ),
    ),
  );
  return (repository) => {
    const mirrors = registries.get(repository.host)?.mirrors ?? [];
    const isTarget =
      targets.has(formatRepository(repository)) || catalogs.some((catalog) => isBelowTarget(catalog, repository));
    if (mirrors.length === 0 || isTarget) return [];
    return mirrors.map((mirror) => atMirror(mirror, repository));
  };
}

function lookUp(hosts: readonly HostSettings[]): (host: string) => HostSettings {
  const known = new Map(hosts.map((one) => [one.host, one]));
  return (host) => {
    const settings = known.get(host) ?? defaultHostSettings(host);
    known.set(host, settings);
    return settings;
  };
}

function onceEach(warn: (message: string, host: string) => void): (host: string, text: string) => void {
  const seen = new Set<string>();
  return (host, text) => {
    const key = `${host} ${text}`;
    if (!seen.has(key)) warn(text, host);
    seen.add(key);
  };
}
