import type { Environment } from "../exec.ts";
import type { Credentials } from "../../model/ports.ts";
import type { Repository } from "../../model/reference.ts";
import { dockerAuthFile } from "./auth-file.ts";
import { makePrivateFolder, removeLeftovers } from "./private-folder.ts";

export type PrivateLoginOptions = {
  readonly credentials: Credentials;
  /** Where private files may lie, the best place first. */
  readonly privateParents: readonly string[];
};

/** Runs `work` with the variables that make docker use the credentials of these registries, and no others. */
export type PrivateLogin = <T>(
  repositories: readonly Repository[],
  signal: AbortSignal,
  work: (environment: Environment) => Promise<T>,
) => Promise<T>;

/**
 * Credentials reach docker in a file that only this user can read, in a folder that goes when the work has ended, however it
 * ended. What a run that was killed left behind is removed first.
 */
export function createPrivateLogin({ credentials, privateParents }: PrivateLoginOptions): PrivateLogin {
  let swept: Promise<unknown> | undefined;
  return async (repositories, signal, work) => {
    swept ??= Promise.all(privateParents.map(removeLeftovers));
    await swept;
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
