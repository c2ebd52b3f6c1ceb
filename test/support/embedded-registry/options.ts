import type { FaultAction } from "./faults.ts";
import type { Immutability } from "./immutability.ts";
import type { RegistryRequest } from "./request.ts";
import type { Store } from "./store.ts";

export type Action = "pull" | "push" | "delete";

/** What one request needs: `repository:NAME:pull,push`. */
export type Scope = { readonly repository: string; readonly actions: readonly Action[] };

/** How the registry asks who you are. */
export type RegistryAuth =
  | { readonly kind: "none" }
  | { readonly kind: "basic"; readonly users: Readonly<Record<string, string>> }
  | TokenAuth;

/** A bearer token service at `/token` of the same server. Docker token specification. */
export type TokenAuth = {
  readonly kind: "token";
  readonly users?: Readonly<Record<string, string>>;
  /** Who may do what; `user` is undefined for the anonymous. By default every known user may do everything. */
  readonly access?: (mapping: AccessRequest) => boolean;
  /** Seconds. Undefined: 300. `"absent"`: left out of the answer, 60 seconds in truth. */
  readonly expiresIn?: number | "absent";
  /** Whether POST (OAuth 2) is understood too; otherwise it gets 404, upon which clients fall back to GET. */
  readonly post?: boolean;
  /** Which member of the answer carries the token. Default `both`. */
  readonly member?: "token" | "access_token" | "both";
  /** Overrides the realm of the challenge. */
  readonly realm?: string;
  /** Milliseconds, for tests that let tokens expire. */
  readonly now?: () => number;
};

export type AccessRequest = {
  readonly user: string | undefined;
  readonly repository: string;
  readonly action: Action;
};

/** Everything that can be chosen about an embedded registry. Nothing chosen: an open one over plain HTTP. */
export type RegistryOptions = {
  /** Default: a free one. */
  readonly port?: number;
  readonly auth?: RegistryAuth;
  /** PEM. With it the registry speaks https. `clientCa` makes it ask for a certificate signed by that CA. */
  readonly tls?: { readonly key: string; readonly certificate: string; readonly clientCa?: string };
  /** Whether `?mount=&from=` is honoured. False: always 202, an open session. Default true. */
  readonly mounts?: boolean;
  /** The referrers API. False: 404, as registries older than OCI 1.1. Default true. */
  readonly referrers?: boolean;
  /** How the Location of an upload looks. `opaque` is outside `/v2/` and carries a long query. Default `relative`. */
  readonly uploadLocation?: "relative" | "absolute" | "opaque";
  /** False refuses ranged and repeated PATCHes, as Artifact Registry does. Default true. */
  readonly chunkedUploads?: boolean;
  /** Whether a POST with `?digest=` and the whole body is taken. False answers 202 and waits for the PUT. Default true. */
  readonly singlePost?: boolean;
  /** False answers 405 to every DELETE of content; `by-digest`: to that of a tag. Default true. */
  readonly deletes?: boolean | "by-digest";
  /** False refuses pushes to repositories that nobody created. Default true. */
  readonly createOnPush?: boolean;
  /** The most tags or referrers in one answer, whatever the client asks for. */
  readonly pageSize?: number;
  /** Whether page links are absolute URLs. Default false. */
  readonly absoluteLinks?: boolean;
  /** Adds Google's `manifest` map, digest to tags, to tag lists. */
  readonly tagDigests?: boolean;
  /** When each digest came, for that map. Default: 0, as for what is not known. */
  readonly uploadedMs?: (digest: string) => number;
  readonly immutable?: Immutability;
  /** Sees every request first, before its body is read. A promise holds the request back until it is settled. */
  readonly onRequest?: (
    request: RegistryRequest,
  ) => FaultAction | undefined | void | Promise<FaultAction | undefined | void>;
  /** Starts with this store, for two faces of one registry. */
  readonly store?: Store;
};
