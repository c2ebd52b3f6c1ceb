import { RegistryError } from "../http/error.ts";

/** Whether a registry says that it does not delete in this way: by tag, by digest, or at all. */
export function isUnsupportedDelete(thrown: unknown): boolean {
  if (!(thrown instanceof RegistryError)) return false;
  const { status, items = [] } = thrown.facts;
  // docker-registry before 3 takes the tag for a digest that is none
  return (
    status === 405 || (status === 400 && items.some(({ code }) => code === "UNSUPPORTED" || code === "DIGEST_INVALID"))
  );
}
