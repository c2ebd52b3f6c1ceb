import type { OpenEntry } from "../embedded-registry/transcript.ts";

/** The role of a user of the double, as in `roles/artifactregistry.ROLE`. */
export type Role = "reader" | "writer";

/** A credential that the double accepts. */
export type TestUser =
  | {
      readonly kind: "access-token";
      readonly token: string;
      readonly role: Role;
      /** On the double's clock, in milliseconds; without it the token does not expire. */
      readonly expiresAt?: number;
    }
  /** The content of a service account's key file. */
  | { readonly kind: "key"; readonly key: ServiceAccountKey; readonly role: Role };

export type ServiceAccountKey = Readonly<Record<string, string>> & {
  readonly type: "service_account";
  readonly private_key_id: string;
  readonly private_key: string;
  readonly client_email: string;
};

export type TestRepository = {
  /** As in a path: `my-project/my-repo`, or `example.com/my-project/my-repo`. */
  readonly name: string;
  readonly immutableTags?: boolean;
};

/** What the double answers instead of its normal answer. */
export type Interruption =
  | { readonly kind: "too-many-requests"; readonly retryAfter?: string }
  /** A status without a body. */
  | { readonly kind: "status"; readonly status: number };

export type ArtifactRegistryOptions = {
  /** A docker-registry over plain http, `127.0.0.1:PORT`, that holds the content. */
  readonly upstream: string;
  /** The host name that determines the names of resources; default the S3NS one in France. */
  readonly name?: string;
  readonly repositories: readonly TestRepository[];
  readonly users: readonly TestUser[];
  readonly tls?: { readonly key: string; readonly certificate: string };
  /** Default 127.0.0.1 and any port. */
  readonly listenAt?: { readonly address: string; readonly port: number };
  /** Milliseconds; default the real time. */
  readonly now?: () => number;
  /** The lifetime of the registry's own tokens; default 3600. */
  readonly tokenSeconds?: number;
  /**
   * The answer for a repository that does not exist: denied (the default, as for users without access to the project), or
   * unknown by name.
   */
  readonly unknownRepository?: "denied" | "name-unknown";
  /** The origin of a second host that serves blobs, and that must never get an Authorization header. */
  readonly storageOrigin?: () => string;
  /** Sent with every answer as `Warning: 299 - "…"`. */
  readonly warning?: string;
  /** The most tags in a page of tags/list. */
  readonly pageSize?: number;
  /** Whether tags/list has Google's `manifest` map; default true. */
  readonly listsDigests?: boolean;
  /** Whether blobs are mounted from other repositories; default true. */
  readonly mounts?: boolean;
  /** Called for each request before anything else; the result, if any, is the answer. */
  readonly interrupt?: (entry: OpenEntry) => Interruption | undefined | Promise<Interruption | undefined>;
};

export const S3NS_HOST = "u-france-east1-docker.s3nsregistry.fr";
