import { createPrivateKey, X509Certificate } from "node:crypto";
import { realpath } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { isFileProblem, readTextFile } from "../credentials/text-file.ts";

export type PemKind = "certificate" | "key";

/** PEM text, or what is wrong with the file, in words that fit after its name. Never anything of its content. */
export type Pem = { readonly text: string } | { readonly problem: string; readonly hint?: string };

const MAX_BYTES = 1024 * 1024;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** A file that the person named. */
export async function readPem(path: string, kind: PemKind): Promise<Pem> {
  const text = await readTextFile(path, MAX_BYTES);
  if (text === undefined) return { problem: "does not exist" };
  if (isFileProblem(text)) return text;
  return kind === "certificate" ? checkCertificates(text) : checkKey(text);
}

/**
 * A file that images.yaml names: it has to lie, after symlinks, in the manifest's folder or in one that the person allows, so
 * that a stranger cannot have other files read.
 */
export async function readPemInside(path: string, kind: PemKind, { folder, allowed }: Inside): Promise<Pem> {
  const real = await realPath(resolve(folder, path));
  const roots = await Promise.all([folder, ...allowed].map(realPath));
  const isAllowed = roots.some(
    (root) => root !== undefined && real?.startsWith(root.endsWith(sep) ? root : root + sep),
  );
  // the same words for a file that is not there, or a stranger could ask which files there are
  if (real === undefined || !isAllowed) {
    return {
      problem: "is not a file in the manifest's folder",
      hint: "move it there, or allow its folder with --allow-files FOLDER",
    };
  }
  return readPem(real, kind);
}

export type Inside = { readonly folder: string; readonly allowed: readonly string[] };

async function realPath(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
}

function checkCertificates(text: string): Pem {
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) return { problem: "holds no PEM certificate" };
  return certificates.every(isCertificate) ? { text } : { problem: "holds a certificate that is broken" };
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
      problem: "holds no PEM key that can be used",
      hint: "a key with a passphrase cannot: write it without one",
    };
  }
}
