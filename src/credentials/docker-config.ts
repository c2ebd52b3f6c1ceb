import { createSingleFlight } from "../async/single-flight.ts";
import { dockerConfigKey } from "../products/table.ts";
import type { Credential } from "../model/credential.ts";
import type { FindOptions } from "../model/ports.ts";
import {
  type AuthFile,
  entryCredential,
  type EntryPlace,
  hostOfKey,
  type NamedFile,
  parseAuthFile,
  readAuthFile,
} from "./source/auth-file.ts";
import type { Helpers } from "./helper.ts";
import type { CredentialSource } from "./source/source.ts";

/**
 * Reads Docker's config.json like the docker command line: the helper in `credHelpers` for the host, else `credsStore`, else `auths`. A
 * configured helper is final, even if it has no credentials. The file is read once.
 */
export function createDockerConfig({ file, helpers }: { file: NamedFile; helpers: Helpers }): CredentialSource {
  const contents = createSingleFlight<AuthFile | undefined>({ keepsResults: true });
  const credentials = new Map<string, Credential | undefined>();
  return {
    name: file.name,
    find: async ({ host }, options) => {
      const config = await contents(file.path, options.signal, () => readAuthFile(file));
      if (config === undefined) return undefined;
      const helper = helperFor(config, host, file.name);
      if (helper !== undefined) return askHelper(helpers, { ...helper, host }, options);
      if (!credentials.has(host))
        credentials.set(host, findInAuths(config, host, { name: file.name, program: "docker" }));
      return credentials.get(host);
    },
  };
}

/** Reads `auths` from the variable DOCKER_AUTH_CONFIG, which docker 28.3 and later use before the file. */
export function createDockerAuthConfig(text: string): CredentialSource {
  const name = "DOCKER_AUTH_CONFIG";
  const credentials = new Map<string, Credential | undefined>();
  let config: AuthFile | undefined;
  return {
    name,
    find: async ({ host }) => {
      config ??= parseAuthFile(text, name);
      if (!credentials.has(host)) credentials.set(host, findInAuths(config, host, { name }));
      return credentials.get(host);
    },
  };
}

function helperFor(config: AuthFile, host: string, name: string): { name: string; origin: string } | undefined {
  const own = config.credHelpers.get(dockerConfigKey(host));
  // an empty name means no helper for this host, not even credsStore
  if (own !== undefined) return own === "" ? undefined : { name: own, origin: `credHelpers in ${name}` };
  return config.credsStore === undefined ? undefined : { name: config.credsStore, origin: `credsStore in ${name}` };
}

function askHelper(
  helpers: Helpers,
  { name, origin, host }: { name: string; origin: string; host: string },
  options: FindOptions,
): Promise<Credential | undefined> {
  return helpers.get({ name, server: dockerConfigKey(host), origin }, options);
}

function findInAuths({ auths }: AuthFile, host: string, place: Omit<EntryPlace, "key">): Credential | undefined {
  const exact = dockerConfigKey(host);
  const key = auths.has(exact) ? exact : [...auths.keys()].find((key) => hostOfKey(key) === host);
  const entry = key === undefined ? undefined : auths.get(key);
  return key === undefined || entry === undefined ? undefined : entryCredential(entry, { ...place, key });
}
