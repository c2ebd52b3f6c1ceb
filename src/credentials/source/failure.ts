import { ImgsyncError } from "../../model/error.ts";

/** Credentials that were configured for a host and cannot be had: that host fails, nothing else is tried in their place. */
export function credentialsFailed(
  message: string,
  details: { readonly host?: string; readonly hint: string },
): ImgsyncError {
  return new ImgsyncError({
    code: "CREDENTIALS_FAILED",
    message,
    hint: details.hint,
    ...(details.host === undefined ? {} : { reference: details.host }),
  });
}
