import type { Credential } from "../../model/credential.ts";
import type { FindOptions } from "../../model/ports.ts";
import type { Repository } from "../../model/reference.ts";

/** One source of credentials. */
export type CredentialSource = {
  /** Display name: `~/.docker/config.json`. */
  readonly name: string;
  /**
   * Returns undefined if there is nothing for this repository, so that the next source is queried. A broken source throws
   * CREDENTIALS_FAILED.
   */
  readonly find: (repository: Repository, options: FindOptions) => Promise<Credential | undefined>;
};
