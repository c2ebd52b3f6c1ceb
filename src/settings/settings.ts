import { resolve } from "node:path";
import { KNOWN_UNIVERSES, type Universes } from "../products/universes.ts";
import { formatPrefix, isProblem, normaliseHost, parsePrefix } from "../model/reference.ts";
import type { PersonalFile, PlacedAuth } from "../model/sync-manifest.ts";
import { DEFAULT_TIMEOUTS, type Timeouts } from "../http/limits.ts";
import type { ConfigFile, Kubernetes, PersonalRegistry } from "../schema/generated/config.ts";
import { readAuth } from "../schema/registry-auth.ts";
import type { Layer } from "./config-layer.ts";
import type { ConfigPath } from "./config-text.ts";
import { defined } from "../model/defined.ts";

/** The decisions of the person or machine that runs imgsync, with all defaults filled in. */
export type Settings = {
  readonly concurrency: number;
  readonly color: "auto" | "always" | "never";
  readonly progress: "auto" | "plain" | "quiet";
  /** A name on the PATH or an absolute path. */
  readonly dockerCommand: string;
  /** Read back every tag after it is written. */
  readonly verify: boolean;
  /** How many tags a watch may delete in 24 hours; undefined: derived from the manifest's maxDeletes. */
  readonly maxDeletesPerDay: number | undefined;
  readonly timeouts: Timeouts;
  /** By normalised host. With --untrusted, only these hosts are contacted. */
  readonly registries: ReadonlyMap<string, PersonalRegistrySettings>;
  /** By normalised host or `host/path`. Takes precedence over `auth` of images.yaml. */
  readonly auth: ReadonlyMap<string, PlacedAuth>;
  /** Absolute folders. */
  readonly allowFiles: readonly string[];
  /** Hosts to which credentials may be sent over plain http. */
  readonly allowPlainHttp: ReadonlySet<string>;
  readonly universes: Universes;
  /** The API server of a cluster outside of which imgsync runs. */
  readonly kubernetes: KubernetesSettings | undefined;
  /** The origin of each value: `concurrency` comes from `IMGSYNC_CONCURRENCY`, `imgsync.config.yaml:3:1` or `default`. */
  readonly origins: ReadonlyMap<string, string>;
};

export type KubernetesSettings = {
  /** `https://HOST:PORT`, or http for this machine. */
  readonly server: string;
  readonly ca?: PersonalFile;
  readonly tokenFile?: PersonalFile;
};

export type PersonalRegistrySettings = {
  readonly plainHttp?: boolean;
  readonly insecureTls?: boolean;
  readonly ca?: PersonalFile;
  readonly clientCertificate?: { readonly certificate: PersonalFile; readonly key: PersonalFile };
  readonly product?: string;
  /** The URL of its API, without a path. */
  readonly api?: string;
  readonly trustedRealms: readonly string[];
  readonly uploadHosts: readonly string[];
};

/** The default number of concurrent changes. */
export const DEFAULT_CONCURRENCY = 8;
/** The default for changes of small images. */
export const DEFAULT_SMALL_CONCURRENCY = 32;

/** How many changes of small images are in progress at a time. A number that was chosen applies to all sizes. */
export function smallConcurrencyOf({ concurrency, origins }: Settings): number {
  return origins.get("concurrency") === "default" ? DEFAULT_SMALL_CONCURRENCY : concurrency;
}

/** Merges layers, highest precedence first. The first value wins; lists of allowed things are combined. */
export function mergeSettings(layers: readonly Layer[]): Settings {
  const origins = new Map<string, string>();
  const pick = createPick(layers, origins);
  const timeout = (name: keyof Timeouts): number =>
    pick(["timeouts", name], ({ timeouts }) => timeouts?.[name]) ?? DEFAULT_TIMEOUTS[name];
  return {
    concurrency: pick(["concurrency"], ({ concurrency }) => concurrency) ?? DEFAULT_CONCURRENCY,
    color: pick(["color"], ({ color }) => color) ?? "auto",
    progress: pick(["progress"], ({ progress }) => progress) ?? "auto",
    dockerCommand: pick(["dockerCommand"], ({ dockerCommand }) => dockerCommand) ?? "docker",
    verify: pick(["verify"], ({ verify }) => verify) ?? false,
    maxDeletesPerDay: pick(["maxDeletesPerDay"], ({ maxDeletesPerDay }) => maxDeletesPerDay),
    timeouts: {
      connectMs: timeout("connectMs"),
      headersMs: timeout("headersMs"),
      finalPutHeadersMs: timeout("finalPutHeadersMs"),
      bodyIdleMs: timeout("bodyIdleMs"),
      answerMs: timeout("answerMs"),
      itemMs: timeout("itemMs"),
      drainMs: timeout("drainMs"),
    },
    registries: mergeRegistries(layers, origins),
    auth: mergeAuth(layers, origins),
    allowFiles: mergeFolders(layers, origins),
    allowPlainHttp: mergePlainHttp(layers, origins),
    kubernetes: pick(["kubernetes"], ({ kubernetes }, layer) => kubernetes && kubernetesOf(kubernetes, layer)),
    universes: new Map([
      ...KNOWN_UNIVERSES,
      ...layers.toReversed().flatMap(({ config }) => entriesOf(config.universes)),
    ]),
    origins,
  };
}

/** The server and the files with which it is reached belong together, so they are not merged with those of another file. */
function kubernetesOf({ server, ca, tokenFile }: Kubernetes, layer: Layer): KubernetesSettings {
  const file = (key: string, path: string | undefined): PersonalFile | undefined =>
    path === undefined ? undefined : { path: resolve(layer.folder, path), origin: layer.placeOf(["kubernetes", key]) };
  return { server, ...defined({ ca: file("ca", ca), tokenFile: file("tokenFile", tokenFile) }) };
}

type Pick = <T>(path: ConfigPath, select: (config: ConfigFile, layer: Layer) => T | undefined) => T | undefined;

function createPick(layers: readonly Layer[], origins: Map<string, string>): Pick {
  return (path, select) => {
    for (const layer of layers) {
      const value = select(layer.config, layer);
      if (value === undefined) continue;
      origins.set(path.join("."), layer.placeOf(path));
      return value;
    }
    origins.set(path.join("."), "default");
    return undefined;
  };
}

function mergeRegistries(
  layers: readonly Layer[],
  origins: Map<string, string>,
): ReadonlyMap<string, PersonalRegistrySettings> {
  const names = layers.flatMap(({ config }) => Object.keys(config.registries ?? {}));
  const hosts = new Set(names.filter((name) => !name.includes("/")).map(normaliseHost));
  return new Map([...hosts].map((host) => [host, mergeRegistry(host, layers, origins)]));
}

type Named = { readonly registry: PersonalRegistry; readonly layer: Layer; readonly path: ConfigPath };

function mergeRegistry(host: string, layers: readonly Layer[], origins: Map<string, string>): PersonalRegistrySettings {
  const named = layers.flatMap((layer): Named[] =>
    entriesOf(layer.config.registries)
      .filter(([name]) => normaliseHost(name) === host)
      .map(([name, registry]) => ({ registry, layer, path: ["registries", name] })),
  );
  const first = <T>(key: keyof PersonalRegistry, select: (one: Named) => T | undefined): T | undefined => {
    const found = named.find((one) => one.registry[key] !== undefined);
    if (found !== undefined) origins.set(`registries.${host}.${key}`, found.layer.placeOf([...found.path, key]));
    return found === undefined ? undefined : select(found);
  };
  const fileAt = ({ layer, path }: Named, file: string, ...keys: readonly string[]): PersonalFile => ({
    path: resolve(layer.folder, file),
    origin: layer.placeOf([...path, ...keys]),
  });
  return {
    ...defined({
      plainHttp: first("plainHttp", ({ registry }) => registry.plainHttp),
      insecureTls: first("insecureTls", ({ registry }) => registry.insecureTls),
      ca: first("ca", (one) => (one.registry.ca === undefined ? undefined : fileAt(one, one.registry.ca, "ca"))),
      clientCertificate: first("clientCertificate", (one) => {
        const pair = one.registry.clientCertificate;
        if (pair === undefined) return undefined;
        return {
          certificate: fileAt(one, pair.certificate, "clientCertificate", "certificate"),
          key: fileAt(one, pair.key, "clientCertificate", "key"),
        };
      }),
      product: first("product", ({ registry }) => registry.product),
      api: first("api", ({ registry }) => registry.api),
    }),
    trustedRealms: (first("trustedRealms", ({ registry }) => registry.trustedRealms) ?? []).map(lowerCase),
    uploadHosts: (first("uploadHosts", ({ registry }) => registry.uploadHosts) ?? []).map(lowerCase),
  };
}

function mergeAuth(layers: readonly Layer[], origins: Map<string, string>): ReadonlyMap<string, PlacedAuth> {
  const merged = new Map<string, PlacedAuth>();
  for (const layer of layers) {
    for (const [name, { auth }] of entriesOf(layer.config.registries)) {
      const place = parsePrefix(name);
      // checked with the layer
      if (auth === undefined || isProblem(place)) continue;
      const key = formatPrefix(place);
      if (merged.has(key)) continue;
      const origin = layer.placeOf(["registries", name, "auth"]);
      const file = (path: string): PersonalFile => ({ path: resolve(layer.folder, path), origin });
      merged.set(key, { auth: readAuth(auth, file), place: origin });
      origins.set(`registries.${key}.auth`, origin);
    }
  }
  return merged;
}

function mergeFolders(layers: readonly Layer[], origins: Map<string, string>): readonly string[] {
  const naming = layers.filter(({ config }) => config.allowFiles !== undefined);
  origins.set("allowFiles", originsOf(naming, ["allowFiles"]));
  const folders = naming.flatMap(({ config, folder }) =>
    (config.allowFiles ?? []).map((path) => resolve(folder, path)),
  );
  return [...new Set(folders)];
}

function mergePlainHttp(layers: readonly Layer[], origins: Map<string, string>): ReadonlySet<string> {
  const naming = layers.filter(({ config }) => config.allowPlainHttp !== undefined);
  origins.set("allowPlainHttp", originsOf(naming, ["allowPlainHttp"]));
  const hosts = new Set(naming.flatMap(({ config }) => (config.allowPlainHttp ?? []).map(normaliseHost)));
  const decided = new Set<string>();
  for (const [name, { allowPlainHttpCredentials }] of layers.flatMap(({ config }) => entriesOf(config.registries))) {
    const host = normaliseHost(name);
    if (allowPlainHttpCredentials === undefined || decided.has(host)) continue;
    decided.add(host);
    if (allowPlainHttpCredentials) hosts.add(host);
  }
  return hosts;
}

function originsOf(layers: readonly Layer[], path: ConfigPath): string {
  return layers.length === 0 ? "default" : layers.map(({ placeOf }) => placeOf(path)).join(", ");
}

function entriesOf<T>(object: Readonly<Record<string, T>> | undefined): [string, T][] {
  return Object.entries(object ?? {});
}

function lowerCase(host: string): string {
  return host.toLowerCase();
}
