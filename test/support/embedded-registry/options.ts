import type { FaultAction } from "./faults.ts";
import type { Immutability } from "./immutability.ts";
import type { RegistryRequest } from "./request.ts";
import type { Store } from "./store.ts";

export type Action = "pull" | "push" | "delete";

/** The scope that a request needs: `repository:NAME:pull,push`. */
export type Scope = { readonly repository: string; readonly actions: readonly Action[] };

/** How the registry authenticates clients. */
export type RegistryAuth =
  | { readonly kind: "none" }
  | { readonly kind: "basic"; readonly users: Readonly<Record<string, string>> }
  | TokenAuth;

/** A bearer token service at `/token` of the same server. Docker token specification. */
export type TokenAuth = {
  readonly kind: "token";
  readonly users?: Readonly<Record<string, string>>;
  /** Whether a user may do something; `user` is undefined for anonymous requests. By default known users may do everything. */
  readonly access?: (request: AccessRequest) => boolean;
  /** In seconds; default 300. `"absent"`: not in the answer, which means 60 seconds. */
  readonly expiresIn?: number | "absent";
  /** Whether POST (OAuth 2) is supported too; otherwise it gets 404, after which clients fall back to GET. */
  readonly post?: boolean;
  /** Which member of the answer contains the token. Default `both`. */
  readonly member?: "token" | "access_token" | "both";
  /** Overrides the realm of the challenge. */
  readonly realm?: string;
  /** In milliseconds, for tests in which tokens expire. */
  readonly now?: () => number;
};

export type AccessRequest = {
  readonly user: string | undefined;
  readonly repository: string;
  readonly action: Action;
};

/** The options of an embedded registry. By default it is open and uses plain HTTP. */
export type RegistryOptions = {
  /** Default: a free port. */
  readonly port?: number;
  readonly auth?: RegistryAuth;
  /** PEM. If set, the registry uses https; with `clientCa` it requires a certificate signed by that CA. */
  readonly tls?: { readonly key: string; readonly certificate: string; readonly clientCa?: string };
  /** Whether `?mount=&from=` is supported. False: always 202 and an open session. Default true. */
  readonly mounts?: boolean;
  /** Whether the referrers API exists. False: 404, as in registries older than OCI 1.1. Default true. */
  readonly referrers?: boolean;
  /** The form of an upload's Location. `opaque` is outside `/v2/` and has a long query. Default `relative`. */
  readonly uploadLocation?: "relative" | "absolute" | "opaque";
  /** False refuses ranged and repeated PATCHes, as Artifact Registry does. Default true. */
  readonly chunkedUploads?: boolean;
  /** Whether a POST with `?digest=` and the whole body is accepted. False answers 202 and waits for the PUT. Default true. */
  readonly singlePost?: boolean;
  /** False answers 405 to every DELETE of content; `by-digest` only to that of a tag. Default true. */
  readonly deletes?: boolean | "by-digest";
  /** False refuses pushes to repositories that were not created. Default true. */
  readonly createOnPush?: boolean;
  /** The maximum number of tags or referrers in one answer, whatever the client requests. */
  readonly pageSize?: number;
  /** Whether page links are absolute URLs. Default false. */
  readonly absoluteLinks?: boolean;
  /** Adds Google's `manifest` map, from digest to tags, to tag lists. */
  readonly tagDigests?: boolean;
  /** The upload time of each digest, for that map. Default: 0, which means unknown. */
  readonly uploadedMs?: (digest: string) => number;
  readonly immutable?: Immutability;
  /** Called for every request before its body is read. A promise holds the request back until it is settled. */
  readonly onRequest?: (
    request: RegistryRequest,
  ) => FaultAction | undefined | void | Promise<FaultAction | undefined | void>;
  /** The store to use, for two servers with the same content. */
  readonly store?: Store;
};
