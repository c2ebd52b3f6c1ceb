import { startDockerRegistry } from "../docker-registry.ts";
import { nameHosts, type NamedHosts } from "../named-hosts.ts";
import { type ArtifactRegistryOptions, S3NS_HOST, type ServiceAccountKey } from "./options.ts";
import { type ArtifactRegistry, startArtifactRegistry } from "./server.ts";
import { startStorage, type Storage } from "./storage.ts";

/** The second host of the double, which serves blobs. */
export const STORAGE_HOST = "storage.s3nsapis.fr";

export const SECRETS = {
  /** The token of a user or an impersonated account. */
  token: "ya29.test-access-token-of-the-writer",
  readerToken: "ya29.test-access-token-of-a-reader",
  privateKey: "-----BEGIN PRIVATE KEY-----\ntest-private-key\n-----END PRIVATE KEY-----\n",
} as const;

export const KEY: ServiceAccountKey = {
  type: "service_account",
  project_id: "my-project",
  private_key_id: "0123456789abcdef",
  private_key: SECRETS.privateKey,
  client_email: "mirror@my-project.s3ns.iam.gserviceaccount.com",
  universe_domain: "s3nsapis.fr",
};

/** The double under its real name, over TLS, with a mutable and an immutable repository. */
export type S3ns = {
  readonly registry: ArtifactRegistry;
  readonly storage: Storage;
  readonly hosts: NamedHosts;
  /** The docker-registry that holds the content, over plain http, for pushes that bypass all rules. */
  readonly upstream: string;
  readonly stop: () => Promise<void>;
};

export type S3nsOptions = Partial<Omit<ArtifactRegistryOptions, "upstream" | "tls" | "listenAt" | "storageOrigin">> & {
  /** Whether blobs are read from a second host; default true. */
  readonly redirects?: boolean;
  /** Further names of this machine, for servers of a test. */
  readonly names?: readonly string[];
};

export async function startS3ns({ redirects = true, names = [], ...options }: S3nsOptions = {}): Promise<S3ns> {
  const hosts = await nameHosts([S3NS_HOST, STORAGE_HOST, ...names]);
  const upstream = await startDockerRegistry();
  const { tls } = hosts;
  const storage = await startStorage({ upstream: upstream.host, tls, listenAt: hosts.listenAt(STORAGE_HOST) });
  const registry = await startArtifactRegistry({
    repositories: [{ name: "my-project/my-repo" }, { name: "my-project/releases", immutableTags: true }],
    users: [
      { kind: "access-token", token: SECRETS.token, role: "writer" },
      { kind: "access-token", token: SECRETS.readerToken, role: "reader" },
      { kind: "key", key: KEY, role: "writer" },
    ],
    ...options,
    upstream: upstream.host,
    tls,
    listenAt: hosts.listenAt(S3NS_HOST),
    ...(redirects ? { storageOrigin: () => `https://${STORAGE_HOST}` } : {}),
  });
  return {
    registry,
    storage,
    hosts,
    upstream: upstream.host,
    stop: async () => {
      await registry.stop();
      await upstream.stop();
      await hosts.remove();
      await storage.stop();
    },
  };
}
