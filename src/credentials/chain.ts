import type { CredentialStep } from "../model/credential-search.ts";
import { isAbort, toErrorDetails } from "../model/error.ts";
import type { Cancellable, Credentials } from "../model/ports.ts";
import type { Repository } from "../model/reference.ts";
import type { PlacedAuth } from "../model/sync-manifest.ts";
import type { Trace } from "../model/trace.ts";
import { adviseOn } from "../products/credential-advice.ts";
import type { Universes } from "../products/universes.ts";
import { type AuthTable, type AuthTools, explicitSource, findAuth } from "./explicit-auth.ts";
import { createUniverseCheck } from "./google/own-universe.ts";
import type { CredentialSource } from "./source/source.ts";
import { traceFind } from "./trace-find.ts";
import { defined } from "../model/defined.ts";

export type ChainOptions = AuthTools & {
  /** `auth` of the user's settings, then that of images.yaml. */
  readonly auth: readonly AuthTable[];
  /** Queried in this order if the repository has no `auth`. */
  readonly sources: readonly CredentialSource[];
  /** The manifest is untrusted: nothing is read, run or sent. */
  readonly untrusted: boolean;
  readonly universes?: Universes;
  readonly trace?: Trace | undefined;
};

export type CredentialChain = Required<Credentials> & {
  /** Lists the steps that `find` takes for this repository. Sources after the deciding step are not queried. */
  readonly explain: (repository: Repository, options: Cancellable) => Promise<readonly CredentialStep[]>;
  /** Returns the `auth` that applies to a repository, if any does. */
  readonly authOf: (repository: Repository) => PlacedAuth | undefined;
};

/**
 * Finds credentials: only `auth` of the user's settings or images.yaml if the repository has it, otherwise the first source that has some, otherwise none. A
 * broken source fails the host; the next source is not used instead (threat T9).
 */
export function createCredentials({
  auth,
  sources,
  untrusted,
  universes,
  trace,
  ...tools
}: ChainOptions): CredentialChain {
  const ofOwnUniverse = createUniverseCheck(universes);
  const checked = sources.map(ofOwnUniverse);
  const sourcesFor = (repository: Repository): readonly CredentialSource[] => {
    if (untrusted) return [];
    const explicit = findAuth(auth, repository);
    return explicit === undefined ? checked : [ofOwnUniverse(explicitSource(explicit, tools))];
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
    advise: (repository, refused) => {
      const { host } = repository;
      if (refused !== undefined) return adviseOn(repository, refused, universes);
      if (untrusted) return `no credentials are loaded for ${host}: the manifest is untrusted (--untrusted)`;
      const explicit = findAuth(auth, repository);
      if (explicit?.auth.kind !== "anonymous") return adviseOn(repository, refused, universes);
      return `auth: { anonymous: true } in ${explicit.place} sends no credentials to ${host}: name others there, or remove it`;
    },
    authOf: (repository) => findAuth(auth, repository),
    explain: async (repository, options) => {
      const steps: CredentialStep[] = [];
      let isDecided = false;
      for (const source of sourcesFor(repository)) {
        const outcome: CredentialStep["outcome"] = isDecided
          ? { kind: "not-asked" }
          : await explainSource(source, repository, options);
        steps.push({ source: source.name, outcome });
        isDecided ||= outcome.kind !== "none";
      }
      return steps;
    },
  };
}

async function explainSource(
  source: CredentialSource,
  repository: Repository,
  options: Cancellable,
): Promise<CredentialStep["outcome"]> {
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
