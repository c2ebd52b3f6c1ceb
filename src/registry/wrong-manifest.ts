import { RegistryError } from "../http/error.ts";
import type { Digest } from "../model/digest.ts";
import { formatReference, type Reference } from "../model/reference.ts";
import type { Answer } from "./transport.ts";

/** The error for content with an unexpected digest. */
export function mismatch(reference: Reference, digest: Digest): RegistryError {
  return new RegistryError({
    code: "CONTENT_MISMATCH",
    message: `${reference.repository.host} sent content of digest "${digest}"`,
    reference: formatReference(reference),
    hint: "the registry or a proxy in front of it is broken or hostile",
  });
}

/** The error for a page of a proxy. */
export function notAManifest(reference: Reference): RegistryError {
  return new RegistryError({
    code: "REGISTRY_PROTOCOL",
    message: `${reference.repository.host} sent a web page instead of a manifest`,
    reference: formatReference(reference),
    hint: "a proxy or a login page is in the way, or the host is not a registry",
  });
}

/**
 * The content was requested without encoding. Threat T16.
 * @throws RegistryError CONTENT_REFUSED
 */
export function refuseEncoding(answer: Answer, reference: Reference): void {
  const encoding = answer.header("content-encoding");
  if (encoding === undefined || encoding === "identity") return;
  throw new RegistryError({
    code: "CONTENT_REFUSED",
    message: `${reference.repository.host} sent a manifest with an encoding that was not asked for`,
    reference: formatReference(reference),
  });
}
