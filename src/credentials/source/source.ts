import type { Credential } from "../../model/credential.ts";
import type { FindOptions } from "../../model/ports.ts";
import type { Repository } from "../../model/reference.ts";

/** One place where credentials may lie. */
export type CredentialSource = {
  /** For people: `~/.docker/config.json`. */
  readonly name: string;
  /** Undefined: nothing here for this repository, ask the next. A source that is broken throws CREDENTIALS_FAILED. */
  readonly find: (repository: Repository, options: FindOptions) => Promise<Credential | undefined>;
};
