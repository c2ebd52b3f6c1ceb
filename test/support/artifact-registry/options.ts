import type { OpenEntry } from "../embedded-registry/transcript.ts";

/** What a user of the double may do; Google's role names behind `roles/artifactregistry.`. */
export type Role = "reader" | "writer";

/** A credential that the double knows. */
export type TestUser =
  | {
      readonly kind: "access-token";
      readonly token: string;
      readonly role: Role;
      /** On the double's clock, in milliseconds; without it the token does not end. */
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

/** What the double says in the place of its normal answer. */
export type Interruption =
  | { readonly kind: "too-many-requests"; readonly retryAfter?: string }
  /** With a status and nothing else. */
  | { readonly kind: "status"; readonly status: number };

export type ArtifactRegistryOptions = {
  /** A docker-registry over plain http, `127.0.0.1:PORT`, that holds the content. */
  readonly upstream: string;
  /** The name that resources are told by; default the S3NS one of France. */
  readonly name?: string;
  readonly repositories: readonly TestRepository[];
  readonly users: readonly TestUser[];
  readonly tls?: { readonly key: string; readonly certificate: string };
  /** Default 127.0.0.1 and any port. */
  readonly listenAt?: { readonly address: string; readonly port: number };
  /** Milliseconds; default the real time. */
  readonly now?: () => number;
  /** How long the registry's own tokens live; default 3600. */
  readonly tokenSeconds?: number;
  /**
   * How it speaks of a repository that does not exist: as if it might not be allowed (the default, as to people who may not
   * look into the project), or by name.
   */
  readonly unknownRepository?: "denied" | "name-unknown";
  /** Blobs come from here: the origin of a second host, which must never see an Authorization. */
  readonly storageOrigin?: () => string;
  /** Sent with every answer as `Warning: 299 - "…"`. */
  readonly warning?: string;
  /** Tags of a page of tags/list at most. */
  readonly pageSize?: number;
  /** Whether tags/list has Google's `manifest` map; default true. */
  readonly listsDigests?: boolean;
  /** Whether blobs are mounted from other repositories; default true. */
  readonly mounts?: boolean;
  /** Called for each request before it is looked at; what it returns is the answer. */
  readonly interrupt?: (entry: OpenEntry) => Interruption | undefined | Promise<Interruption | undefined>;
};

export const S3NS_HOST = "u-france-east1-docker.s3nsregistry.fr";
