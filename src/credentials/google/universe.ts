import { credentialsFailed } from "../source/failure.ts";
import { textIn } from "../../model/json.ts";

/** The universe of Google Cloud itself, to which files without `universe_domain` belong. */
export const DEFAULT_UNIVERSE = "googleapis.com";

const DOMAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;

/**
 * Returns `universe_domain` of a credential file, or undefined if it has none. `name` identifies the file in errors.
 * @throws ImgsyncError CREDENTIALS_FAILED if it is not a domain: the file may not belong to Google Cloud itself
 */
export function universeDomainIn(file: ReadonlyMap<string, unknown>, name: string): string | undefined {
  const value = file.get("universe_domain") ?? "";
  if (value === "") return undefined;
  const domain = textIn(file.get("universe_domain"));
  if (domain !== undefined && DOMAIN.test(domain)) return domain;
  throw credentialsFailed(`universe_domain in ${name} is not a domain`, { hint: "use the file as it was issued" });
}
