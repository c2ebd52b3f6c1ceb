import type { Secret } from "./secret.ts";

/** How to reach one registry: images.yaml and the user's own settings merged, with files already read. */
export type HostSettings = {
  /** `host[:port]`, normalised. */
  readonly host: string;
  readonly plainHttp: boolean;
  /** False for plain HTTP, unless the host is local or the user's own settings allow it: no credential may be sent. */
  readonly allowsCredentials: boolean;
  /** Only the user's own settings can set this. */
  readonly insecureTls: boolean;
  /** PEM, trusted in addition to the system's certificate authorities. */
  readonly ca?: string;
  /** PEM. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: Secret };
  /** Token services (`host[:port]`) that may receive this host's credentials, in addition to the host itself. */
  readonly trustedRealms: readonly string[];
  /** Other hosts (`host[:port]`) that may receive uploads for this host, without credentials. */
  readonly uploadHosts: readonly string[];
  readonly reserve?: PullReserveSettings;
};

/** The pulls that must be left at a registry after each of ours. `wait`: wait for more instead of failing. */
export type PullReserveSettings = { readonly pulls: number; readonly wait: boolean };

/** The settings of a host that is not configured. */
export function defaultHostSettings(host: string): HostSettings {
  return {
    host,
    plainHttp: false,
    allowsCredentials: true,
    insecureTls: false,
    trustedRealms: [],
    uploadHosts: [],
  };
}
