import { createSingleFlight } from "../async/single-flight.ts";
import type { Credential } from "../model/credential.ts";
import { formatRepository, type Repository } from "../model/reference.ts";
import { type AuthFile, entryCredential, hostOfKey, type NamedFile, readAuthFile } from "./source/auth-file.ts";
import type { Helpers } from "./helper.ts";
import type { CredentialSource } from "./source/source.ts";

/**
 * Reads auth.json of podman, skopeo and buildah: the helper in `credHelpers` for the host, else the longest key of `auths` that is a prefix
 * of the repository: `H/namespace/repository`, `H/namespace`, `H`. See containers-auth.json(5).
 */
export function createContainersAuth({ file, helpers }: { file: NamedFile; helpers: Helpers }): CredentialSource {
  const contents = createSingleFlight<AuthFile | undefined>({ keepsResults: true });
  const credentials = new Map<string, Credential | undefined>();
  return {
    name: file.name,
    find: async (repository, options) => {
      const auth = await contents(file.path, options.signal, () => readAuthFile(file));
      if (auth === undefined) return undefined;
      const helper = auth.credHelpers.get(repository.host);
      if (helper !== undefined && helper !== "") {
        const origin = `credHelpers in ${file.name}`;
        return helpers.get({ name: helper, server: repository.host, origin }, options);
      }
      const key = longestKey(auth, repository);
      const entry = key === undefined ? undefined : auth.auths.get(key);
      if (key === undefined || entry === undefined) return undefined;
      if (!credentials.has(key))
        credentials.set(key, entryCredential(entry, { key, name: file.name, program: "podman" }));
      return credentials.get(key);
    },
  };
}

function longestKey({ auths }: AuthFile, repository: Repository): string | undefined {
  const parts = formatRepository(repository).split("/");
  for (let length = parts.length; length > 0; length -= 1) {
    const key = parts.slice(0, length).join("/");
    if (auths.has(key)) return key;
  }
  return [...auths.keys()].find((key) => hostOfKey(key) === repository.host);
}
