import type { Credential } from "../../model/credential.ts";
import { takesGoogleTokens } from "../../products/table.ts";
import type { Universes } from "../../products/universes.ts";
import type { CredentialSource } from "../source/source.ts";
import { checkUniverse } from "./host.ts";
import { universeOfLogin } from "./key.ts";

/**
 * Returns the source, with a check that refuses keys of another universe for Google Cloud registries: a key that is the password reveals
 * itself to the host.
 */
export function ofOwnUniverse(source: CredentialSource, universes: Universes | undefined): CredentialSource {
  return {
    ...source,
    find: async (repository, options) => {
      const credential = await source.find(repository, options);
      if (credential !== undefined && takesGoogleTokens(repository.host, universes)) {
        checkLogin(credential, repository.host, universes);
      }
      return credential;
    },
  };
}

function checkLogin(credential: Credential, host: string, universes: Universes | undefined): void {
  if (credential.kind !== "basic") return;
  const what = `the key from ${credential.origin}`;
  const universe = universeOfLogin(credential.username, credential.password, what);
  if (universe !== undefined) checkUniverse(host, { what, universe }, universes);
}
