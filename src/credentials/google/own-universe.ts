import type { Credential } from "../../model/credential.ts";
import type { Secret } from "../../model/secret.ts";
import { takesGoogleTokens } from "../../products/table.ts";
import type { Universes } from "../../products/universes.ts";
import type { CredentialSource } from "../source/source.ts";
import { checkUniverse } from "./host.ts";
import { universeOfLogin } from "./key.ts";

/**
 * Returns a function that adds a check to a source: it refuses keys of another universe for Google Cloud registries, because a key that is
 * the password reveals itself to the host. Sources are asked before every request, so each key is parsed only once.
 */
export function createUniverseCheck(universes: Universes | undefined): (source: CredentialSource) => CredentialSource {
  const known = new WeakMap<Secret, { readonly universe: string | undefined }>();
  const universeOf = ({ username, password, origin }: Extract<Credential, { kind: "basic" }>): string | undefined => {
    const found = known.get(password) ?? { universe: universeOfLogin(username, password, `the key from ${origin}`) };
    known.set(password, found);
    return found.universe;
  };
  return (source) => ({
    ...source,
    find: async (repository, options) => {
      const credential = await source.find(repository, options);
      const { host } = repository;
      if (credential?.kind !== "basic" || !takesGoogleTokens(host, universes)) return credential;
      const universe = universeOf(credential);
      if (universe !== undefined)
        checkUniverse(host, { what: `the key from ${credential.origin}`, universe }, universes);
      return credential;
    },
  });
}
