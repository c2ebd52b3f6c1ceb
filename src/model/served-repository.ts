import type { Credential } from "./credential.ts";
import type { Cancellable } from "./ports.ts";
import type { Repository } from "./reference.ts";

/** A repository of a store, such as an OCI layout, at a read-only registry on this machine. For programs that read only registries. */
export type ServedRepository = {
  /** The repository at that registry: the host is `127.0.0.1:PORT`, and speaks plain HTTP. */
  readonly repository: Repository;
  /** Requests without it get nothing. */
  readonly credential: Credential;
  /** The first failure to read the store. The client was sent an error, from which it may draw a wrong conclusion. */
  readonly failure: () => unknown;
  /** Ends all requests, and resolves when nothing listens any more. */
  readonly close: () => Promise<void>;
};

/**
 * Serves a repository until it is closed.
 * @throws Error the system's, or that of Deno's permissions, if nothing can listen on 127.0.0.1
 */
export type ServeRepository = (repository: Repository, options: Cancellable) => Promise<ServedRepository>;
