import { ImgsyncError } from "../../model/error.ts";
import { defined } from "../../model/defined.ts";

/** The error for configured credentials that cannot be obtained. The host fails; other credentials are never used instead. */
export function credentialsFailed(
  message: string,
  details: { readonly host?: string; readonly hint: string },
): ImgsyncError {
  return new ImgsyncError({
    code: "CREDENTIALS_FAILED",
    message,
    hint: details.hint,
    ...defined({ reference: details.host }),
  });
}
