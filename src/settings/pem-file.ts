import { createPrivateKey, X509Certificate } from "node:crypto";
import { readTextFile } from "../files/read-text-file.ts";
import { type Inside, NOT_INSIDE, pathInside } from "../files/file-inside.ts";

export type PemKind = "certificate" | "key";

/** PEM text, or the problem with the file, as text that follows its name. It never contains any of the content. */
export type Pem = { readonly text: string } | { readonly problem: string; readonly hint?: string };

const MAX_BYTES = 1024 * 1024;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Reads a file from the user's settings. */
export async function readPem(path: string, kind: PemKind): Promise<Pem> {
  const read = await readTextFile(path, MAX_BYTES);
  if ("problem" in read) return read;
  return kind === "certificate" ? checkCertificates(read.text) : checkKey(read.text);
}

/** Reads a file that images.yaml refers to, if that is allowed. */
export async function readPemInside(path: string, kind: PemKind, inside: Inside): Promise<Pem> {
  const real = await pathInside(path, inside);
  return real === undefined ? NOT_INSIDE : readPem(real, kind);
}

function checkCertificates(text: string): Pem {
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) return { problem: "contains no PEM certificate" };
  return certificates.every(isCertificate) ? { text } : { problem: "contains a broken certificate" };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function checkKey(text: string): Pem {
  try {
    createPrivateKey(text);
    return { text };
  } catch {
    return {
      problem: "contains no usable PEM key",
      hint: "keys with a passphrase are not supported: remove the passphrase",
    };
  }
}
