import type { Secret } from "./secret.ts";

/** How to reach one registry: images.yaml and the person's own settings merged, files already read. */
export type HostSettings = {
  /** `host[:port]`, normalised. */
  readonly host: string;
  readonly plainHttp: boolean;
  /** False: plain http to somewhere else than this machine, so that no credential may be sent. */
  readonly allowsCredentials: boolean;
  /** Only the person's own settings can set it. */
  readonly insecureTls: boolean;
  /** PEM, trusted beside the system's authorities. */
  readonly ca?: string;
  /** PEM. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: Secret };
  /** Token services (`host[:port]`) that may receive this host's credentials, beside the host itself. */
  readonly trustedRealms: readonly string[];
  /** Where else (`host[:port]`) uploads to this host may be sent, without credentials. */
  readonly uploadHosts: readonly string[];
};

/** Settings for a host that nobody said anything about. */
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
