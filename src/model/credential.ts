import type { Secret } from "./secret.ts";

/** What proves who we are to one registry, and where it came from, for people: `credHelpers in ~/.docker/config.json`. */
export type Credential =
  | { readonly kind: "basic"; readonly username: string; readonly password: Secret; readonly origin: string }
  /** An identity (refresh) token of the registry's token service. */
  | { readonly kind: "identity-token"; readonly token: Secret; readonly origin: string }
  /** A bearer token that the registry takes as it is. */
  | { readonly kind: "registry-token"; readonly token: Secret; readonly origin: string };
