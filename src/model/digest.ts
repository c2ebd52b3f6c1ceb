import { createHash } from "node:crypto";

declare const brand: unique symbol;

/**
 * `sha256:` and 64, or `sha512:` and 128 lower-case hexadecimal digits; other algorithms are not supported.
 * URLs and file names are built only from this type, never from an unchecked string.
 * OCI image-spec, descriptor.md, "Digests".
 */
export type Digest = string & { readonly [brand]: "Digest" };

export type DigestAlgorithm = "sha256" | "sha512";

const PATTERN = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

export function isDigest(text: string): text is Digest {
  return PATTERN.test(text);
}

/** Returns undefined if `text` is not a digest. */
export function parseDigest(text: string): Digest | undefined {
  return isDigest(text) ? text : undefined;
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

/** The digest of bytes held in memory. */
export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = "sha256"): Digest {
  return digestFromHex(algorithm, createHash(algorithm).update(bytes).digest("hex"));
}

/** Hashes a stream: call `update` for each chunk, then `digest` once. */
export type Digester = {
  readonly update: (chunk: Uint8Array) => void;
  readonly digest: () => Digest;
};

export function createDigester(algorithm: DigestAlgorithm): Digester {
  const hash = createHash(algorithm);
  return {
    update: (chunk) => void hash.update(chunk),
    digest: () => digestFromHex(algorithm, hash.digest("hex")),
  };
}

/** `sha256:0123456789ab`: enough to distinguish digests in a line of text, not enough to address content. */
export function shortDigest(digest: Digest): string {
  const colon = digest.indexOf(":");
  return digest.slice(0, colon + 1 + 12);
}

function digestFromHex(algorithm: DigestAlgorithm, hex: string): Digest {
  const text = `${algorithm}:${hex}`;
  if (!isDigest(text)) throw new Error(`not a digest: ${text}`);
  return text;
}
