import type { ExecResult } from "../exec.ts";
import type { Credential } from "../../model/credential.ts";
import { ImgsyncError, toErrorDetails } from "../../model/error.ts";
import { describeSigner } from "../../model/signature-policy.ts";
import type { SignaturePolicy } from "../../model/sync-manifest.ts";

/** cosign found no signature, no matching one, or none with a certificate. */
const NOT_SIGNED_CODES: ReadonlySet<number> = new Set([10, 12, 13]);
/** The same for signatures in the newer format, for which it exits with 1. */
const NOT_SIGNED_WORDS = /no matching (?:signatures|attestations)|no signatures found/i;

const NOT_IN_LAYOUT = "have it signed and copy it into the layout again with its signatures, or correct the manifest";
/** cosign cannot be run for an image in a layout. */
const BY_HAND = "to run cosign verify by hand, copy the image and its signatures to a registry first";

const MAX_WORDS = 300;
const SHORTEST_SECRET = 4;

/** An OCI layout, which cosign knows only as an address on this machine. */
export type LayoutAtCosign = {
  /** Replaces the address in cosign's text by the layout's name. */
  readonly rename: (text: string) => string;
  /** The first failure to read the layout. */
  readonly failure: () => unknown;
};

export type FailedVerification = {
  readonly policy: SignaturePolicy;
  readonly credential: Credential | undefined;
  readonly layout?: LayoutAtCosign;
};

/**
 * Classifies a failed `cosign verify`: the required signature is missing, or could not be checked. A layout that could not be read proves
 * nothing, whatever cosign concludes from it.
 */
export function verifyFailure(result: ExecResult, { policy, credential, layout }: FailedVerification): ImgsyncError {
  const unread = layout?.failure();
  if (unread !== undefined) {
    const { message, hint = "check the layout" } = toErrorDetails(unread);
    return unchecked(`could not determine whether it is signed: ${message}`, hint, unread);
  }
  const said = withoutSecrets(lastError(result), credential);
  const words = (layout?.rename(said) ?? said).slice(0, MAX_WORDS);
  if (NOT_SIGNED_CODES.has(result.exitCode) || NOT_SIGNED_WORDS.test(said))
    return new ImgsyncError({
      code: "SIGNATURE_INVALID",
      message: `it is not signed by ${describeSigner(policy)}: ${words}`,
      hint: layout === undefined ? "have it signed at the source, or correct the manifest" : NOT_IN_LAYOUT,
    });
  const hint = layout === undefined ? "run cosign verify by hand" : BY_HAND;
  return unchecked(`could not determine whether it is signed: ${words}`, hint);
}

/** The error if a signature could not be checked. */
export function unchecked(message: string, hint: string, cause?: unknown): ImgsyncError {
  return new ImgsyncError({ code: "SIGNATURE_UNCHECKED", message, hint }, { cause });
}

/** Returns the text from the last `Error: ` on, without cosign's repetition of it. */
function lastError({ stderr, exitCode }: ExecResult): string {
  const [before = ""] = stderr.split(/^(?:main\.go:\d+: )?error during command execution:/m);
  const at = before.lastIndexOf("Error: ");
  const words = (at < 0 ? (before.trim().split("\n").at(-1) ?? "") : before.slice(at + "Error: ".length))
    .replace(/\s+/g, " ")
    .trim();
  return words === "" ? `exit code ${exitCode}` : words;
}

function withoutSecrets(text: string, credential: Credential | undefined): string {
  return secretsOf(credential)
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .reduce((sofar, secret) => sofar.replaceAll(secret, "***"), text);
}

function secretsOf(credential: Credential | undefined): readonly string[] {
  if (credential === undefined) return [];
  if (credential.kind !== "basic") return [credential.token.reveal()];
  const password = credential.password.reveal();
  const pair = Buffer.from(`${credential.username}:${password}`).toString("base64");
  return [pair, password, encodeURIComponent(password)];
}
