import type { Environment } from "../exec.ts";
import { createSingleFlight } from "../../async/single-flight.ts";
import type { Credentials } from "../../model/ports.ts";
import type { Repository } from "../../model/reference.ts";
import { dockerAuthFile } from "./auth-file.ts";
import { makePrivateFolder, removeLeftovers } from "./private-folder.ts";

export type PrivateLoginOptions = {
  readonly credentials: Credentials;
  /** Folders for private files, in order of preference. */
  readonly privateParents: readonly string[];
};

/** Runs `work` with variables that make docker use only the credentials of these registries. */
export type PrivateLogin = <T>(
  repositories: readonly Repository[],
  signal: AbortSignal,
  work: (environment: Environment) => Promise<T>,
) => Promise<T>;

/**
 * Passes credentials to docker in a file that only this user can read, in a folder that is removed when the work ends in any way. First
 * removes leftovers of killed runs.
 */
export function createPrivateLogin({ credentials, privateParents }: PrivateLoginOptions): PrivateLogin {
  const removals = createSingleFlight<unknown>({ keepsResults: true });
  return async (repositories, signal, work) => {
    await removals("leftovers", signal, () => Promise.all(privateParents.map(removeLeftovers)));
    const hosts = new Map(repositories.map((repository) => [repository.host, repository]));
    const found = await Promise.all(
      [...hosts].map(async ([host, repository]) => ({
        host,
        credential: await credentials.find(repository, { signal }),
      })),
    );
    const folder = await makePrivateFolder(privateParents, { "config.json": dockerAuthFile(found) });
    try {
      return await work({
        DOCKER_CONFIG: folder.path,
        DOCKER_AUTH_CONFIG: undefined,
        REGISTRY_AUTH_FILE: `${folder.path}/config.json`,
      });
    } finally {
      await folder.remove();
    }
  };
}
