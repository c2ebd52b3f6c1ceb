import type { RegistryOptions } from "./options.ts";
import type { RegistryRequest } from "./request.ts";
import type { Store } from "./store.ts";

/** The input of a handler. `repository` has been checked to be a valid name. */
export type Context = {
  readonly request: RegistryRequest;
  readonly repository: string;
  readonly body: Uint8Array;
  readonly store: Store;
  readonly options: RegistryOptions;
  /** `http://127.0.0.1:PORT`, with the host the client called. */
  readonly origin: string;
};
