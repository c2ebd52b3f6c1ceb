import type { Credential } from "../model/credential.ts";
import { formatRepository, type Repository } from "../model/reference.ts";
import type { PlacedAuth, RegistryAuth } from "../model/sync-manifest.ts";
import { dockerConfigKey } from "../products/table.ts";
import type { Gcloud } from "./gcloud.ts";
import type { Google } from "./google/google.ts";
import type { Helpers } from "./helper.ts";
import { credentialsFailed } from "./source/failure.ts";
import type { CredentialSource } from "./source/source.ts";

/** `auth` by normalised host or `host/path`, which applies to the repositories below it. */
export type AuthTable = ReadonlyMap<string, PlacedAuth>;

/**
 * Returns the `auth` that applies to a repository: of the first table with a key for it, the one of the longest key. So a shorter key of the
 * user's settings overrides a longer one of images.yaml, which is not trusted.
 */
export function findAuth(tables: readonly AuthTable[], repository: Repository): PlacedAuth | undefined {
  for (const table of tables) {
    const found = longestMatch(table, repository);
    if (found !== undefined) return found;
  }
  return undefined;
}

function longestMatch(table: AuthTable, repository: Repository): PlacedAuth | undefined {
  const parts = formatRepository(repository).split("/");
  for (let length = parts.length; length > 0; length -= 1) {
    const found = table.get(parts.slice(0, length).join("/"));
    if (found !== undefined) return found;
  }
  return undefined;
}

export type AuthTools = {
  readonly helpers: Helpers;
  readonly gcloud: Gcloud;
  readonly google: Google;
  /** Returns the access token for a host from the environment. */
  readonly accessToken: (host: string) => Promise<Credential | undefined>;
};

/** Returns the source that `auth` names. */
export function explicitSource(
  { auth, place }: PlacedAuth,
  { helpers, gcloud, google, accessToken }: AuthTools,
): CredentialSource {
  const name = `auth: ${describeAuth(auth)} in ${place}`;
  if (auth.kind === "helper") return helperSource(auth.name, { origin: name, helpers });
  if (auth.kind === "anonymous") return { name, find: async () => undefined };
  if (auth.kind === "access-token") return { name, find: ({ host }) => accessToken(host) };
  if (auth.kind !== "gcloud") return { name, find: ({ host }, options) => google.find(host, auth, options) };
  const { impersonate } = auth;
  const account = impersonate === undefined ? {} : { impersonate };
  return { name, find: ({ host }, options) => gcloud.find({ host, ...account }, options) };
}

const AUTH_WORDS: Readonly<Record<RegistryAuth["kind"], string>> = {
  anonymous: "anonymous: true",
  helper: "helper",
  gcloud: "gcloud: true",
  "access-token": "accessToken: true",
  "key-file": "keyFile",
  metadata: "metadata: true",
  "application-default": "applicationDefault: true",
};

/** Returns `auth` as it is written, without its details: `{ gcloud: true }`. */
function describeAuth(auth: RegistryAuth): string {
  const words = AUTH_WORDS[auth.kind];
  if (auth.kind === "helper") return `{ ${words}: ${auth.name} }`;
  return auth.kind === "key-file" ? `{ ${words}: ${auth.file.path} }` : `{ ${words} }`;
}

function helperSource(
  name: string,
  { origin, helpers }: { readonly origin: string; readonly helpers: Helpers },
): CredentialSource {
  return {
    name: origin,
    find: async ({ host }, options) => {
      const credential = await helpers.get({ name, server: dockerConfigKey(host), origin }, options);
      if (credential !== undefined) return credential;
      throw credentialsFailed(`docker-credential-${name} has no credentials for "${host}"`, {
        host,
        hint: "log in with it, or write auth: { anonymous: true } if none are needed",
      });
    },
  };
}
