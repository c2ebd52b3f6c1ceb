import { promisify } from "node:util";
import { gzip as compress } from "node:zlib";

/** Compresses bytes. zlib writes no time into the header, so equal bytes give equal bytes with the same Node.js. */
export function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  return promisify(compress)(bytes, { level: 6 });
}
