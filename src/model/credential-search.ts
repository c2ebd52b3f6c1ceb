import type { Credential } from "./credential.ts";
import type { ErrorDetails } from "./error.ts";

/** One credential source and its answer. Holds no secret. */
export type CredentialStep = {
  readonly source: string;
  readonly outcome:
    | {
        readonly kind: "found";
        readonly credential: Credential["kind"];
        readonly origin: string;
        readonly expiresAt?: Date;
      }
    | { readonly kind: "none" }
    | { readonly kind: "failed"; readonly error: ErrorDetails }
    /** An earlier source decided. */
    | { readonly kind: "not-asked" };
};

/** Which credentials a place has, and where they were looked for. */
export type CredentialSearch = {
  /** `HOST` or `HOST/REPOSITORY`. */
  readonly place: string;
  /** Empty if no source is asked: for an OCI layout and for an untrusted manifest. */
  readonly steps: readonly CredentialStep[];
  readonly isLayout: boolean;
  /** When the sources were asked. Remaining lifetimes are relative to this time. */
  readonly now: Date;
};
