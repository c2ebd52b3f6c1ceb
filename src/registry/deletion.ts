import { RegistryError } from "../http/error.ts";

/** Reports whether a registry does not support this kind of delete: by tag, by digest, or at all. */
export function isUnsupportedDelete(thrown: unknown): boolean {
  if (!(thrown instanceof RegistryError)) return false;
  const { status, items = [] } = thrown.facts;
  // docker-registry before version 3 parses the tag as an invalid digest
  return (
    status === 405 || (status === 400 && items.some(({ code }) => code === "UNSUPPORTED" || code === "DIGEST_INVALID"))
  );
}
