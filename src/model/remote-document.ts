import { ImgsyncError } from "./error.ts";
import { formatReference, isProblem, parseReference, type Reference } from "./reference.ts";

/** How an argument names a document in a registry and not a file. */
const SCHEME = "oci://";

/**
 * Parses `oci://HOST/REPOSITORY:TAG`, or `@DIGEST`. Undefined: a file.
 * @throws ImgsyncError USAGE if the name is not written in full
 */
export function parseRemote(text: string): Reference | undefined {
  if (!text.startsWith(SCHEME)) return undefined;
  const name = text.slice(SCHEME.length);
  // `USER:PASSWORD@HOST`, as in a URL: not shown
  if (/^[^/@]*:[^/@]*@(?!sha\d+:)/.test(name))
    throw usage("an oci:// name cannot contain credentials", "log in with docker login");
  const reference = parseReference(name);
  if (isProblem(reference)) throw usage(`"${text}": ${reference.problem}`);
  if (reference.tag === undefined && reference.digest === undefined) throw usage(`"${text}" has no tag and no digest`);
  if (formatReference(reference) !== name)
    throw usage(`"${text}" is not written in full: it means "${SCHEME}${formatReference(reference)}"`);
  return reference;
}

/** `oci://HOST/REPOSITORY:TAG` */
export function formatRemote(reference: Reference): string {
  return `${SCHEME}${formatReference(reference)}`;
}

function usage(message: string, hint = "write oci://HOST/REPOSITORY:TAG"): ImgsyncError {
  return new ImgsyncError({ code: "USAGE", message, hint });
}
