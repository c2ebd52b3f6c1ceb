import type { Credential } from "../model/credential.ts";
import { type ErrorDetails, isAbort, toErrorDetails } from "../model/error.ts";
import type { Cancellable, Credentials } from "../model/ports.ts";
import { formatRepository, type Repository } from "../model/reference.ts";
import type { Trace } from "../model/trace.ts";
import type { RegistryAuth } from "../model/sync-manifest.ts";
import { dockerConfigKey } from "../products/table.ts";
import { credentialsFailed } from "./source/failure.ts";
import type { Gcloud } from "./gcloud.ts";
import type { Google } from "./google/google.ts";
import type { Helpers } from "./helper.ts";
import type { CredentialSource } from "./source/source.ts";
import { traceFind } from "./trace-find.ts";
import { defined } from "../model/defined.ts";

export type ChainOptions = {
  /** `auth` of images.yaml by normalized host or `host/path`. The longest matching prefix of the repository applies. */
  readonly auth: ReadonlyMap<string, RegistryAuth>;
  /** Queried in this order if the repository has no `auth`. */
  readonly sources: readonly CredentialSource[];
  readonly helpers: Helpers;
  readonly gcloud: Gcloud;
  readonly google: Google;
  /** Returns the access token for a host from the environment. */
  readonly accessToken: (host: string) => Promise<Credential | undefined>;
  /** The manifest is untrusted: nothing is read, run or sent. */
  readonly untrusted: boolean;
  readonly trace?: Trace | undefined;
};

/** One step of the search for a host's credentials, without secrets. */
export type ChainStep = {
  /** Name of the queried source. */
  readonly source: string;
  readonly outcome:
    | {
        readonly kind: "found";
        readonly credential: Credential["kind"];
        readonly origin: string;
        readonly expiresAt?: Date;
      }
    | { readonly kind: "none" }
    | { readonly kind: "failed"; readonly error: ErrorDetails }
    /** An earlier source decided. */
    | { readonly kind: "not-asked" };
};

export type CredentialChain = Credentials & {
  /** Lists the steps that `find` takes for this repository. Sources after the deciding step are not queried. */
  readonly explain: (repository: Repository, options: Cancellable) => Promise<readonly ChainStep[]>;
};

/**
 * Finds credentials: only `auth` in images.yaml if the repository has it, otherwise the first source that has some, otherwise none. A
 * broken source fails the host; the next source is not used instead (threat T9).
 */
export function createCredentials({ auth, sources, untrusted, trace, ...places }: ChainOptions): CredentialChain {
  const sourcesFor = (repository: Repository): readonly CredentialSource[] => {
    if (untrusted) return [];
    const explicit = longestMatch(auth, repository);
    return explicit === undefined ? sources : [explicitSource(explicit, places)];
  };
  const find: Credentials["find"] = async (repository, options) => {
    for (const source of sourcesFor(repository)) {
      const credential = await source.find(repository, options);
      if (credential !== undefined) return credential;
    }
    return undefined;
  };
  return {
    find: trace === undefined ? find : traceFind(find, trace),
    explain: async (repository, options) => {
      const steps: ChainStep[] = [];
      let isDecided = false;
      for (const source of sourcesFor(repository)) {
        const outcome: ChainStep["outcome"] = isDecided
          ? { kind: "not-asked" }
          : await explainSource(source, repository, options);
        steps.push({ source: source.name, outcome });
        isDecided ||= outcome.kind !== "none";
      }
      return steps;
    },
  };
}

function longestMatch(auth: ChainOptions["auth"], repository: Repository): RegistryAuth | undefined {
  const parts = formatRepository(repository).split("/");
  for (let length = parts.length; length > 0; length -= 1) {
    const found = auth.get(parts.slice(0, length).join("/"));
    if (found !== undefined) return found;
  }
  return undefined;
}

type Places = Pick<ChainOptions, "helpers" | "gcloud" | "google" | "accessToken">;

function explicitSource(auth: RegistryAuth, { helpers, gcloud, google, accessToken }: Places): CredentialSource {
  const name = `auth: ${describeAuth(auth)} in images.yaml`;
  if (auth.kind === "helper") return helperSource(auth.name, helpers);
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

function describeAuth(auth: RegistryAuth): string {
  const words = AUTH_WORDS[auth.kind];
  if (auth.kind === "helper") return `{ ${words}: ${auth.name} }`;
  return auth.kind === "key-file" ? `{ ${words}: ${auth.file.path} }` : `{ ${words} }`;
}

function helperSource(name: string, helpers: Helpers): CredentialSource {
  const origin = `auth: ${describeAuth({ kind: "helper", name })} in images.yaml`;
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

async function explainSource(
  source: CredentialSource,
  repository: Repository,
  options: Cancellable,
): Promise<ChainStep["outcome"]> {
  try {
    const credential = await source.find(repository, options);
    if (credential === undefined) return { kind: "none" };
    const { kind, origin, expiresAt } = credential;
    return { kind: "found", credential: kind, origin, ...defined({ expiresAt }) };
  } catch (thrown) {
    if (isAbort(thrown)) throw thrown;
    return { kind: "failed", error: toErrorDetails(thrown) };
  }
}
