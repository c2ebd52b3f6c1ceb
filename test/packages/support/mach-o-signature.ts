import { createHash } from "node:crypto";

const CODE_SIGNATURE = 0x1d;
const LINKEDIT = "__LINKEDIT";

/**
 * Whether a Mach-O executable has a signature that ends the file, lies in the last segment, and has the checksum of every page before it, as
 * macOS checks them before it runs a page.
 */
export function isSigned(bytes: Buffer): boolean {
  const commands = commandsOf(bytes);
  const place = commands.find((at) => bytes.readUInt32LE(at) === CODE_SIGNATURE);
  const segment = commands.find((at) => bytes.toString("latin1", at + 8, at + 8 + LINKEDIT.length) === LINKEDIT);
  if (place === undefined || segment === undefined) return false;
  const [start, size] = [bytes.readUInt32LE(place + 8), bytes.readUInt32LE(place + 12)];
  const segmentEnd = Number(bytes.readBigUInt64LE(segment + 40) + bytes.readBigUInt64LE(segment + 48));
  if (start + size !== bytes.length || segmentEnd !== bytes.length) return false;
  const blob = bytes.subarray(start);
  const directory = blob.subarray(blob.readUInt32BE(16));
  if (blob.readUInt32BE(0) !== 0xfade0cc0 || directory.readUInt32BE(0) !== 0xfade0c02) return false;
  const [hashes, identifier] = [directory.readUInt32BE(16), directory.readUInt32BE(20)];
  const [count, limit] = [directory.readUInt32BE(28), directory.readUInt32BE(32)];
  const page = 2 ** (directory[39] ?? 0);
  if (limit !== start || count !== Math.ceil(limit / page)) return false;
  if (directory.toString("latin1", identifier, hashes) !== "imgsync\0") return false;
  for (let at = 0; at < count; at += 1) {
    const content = bytes.subarray(at * page, Math.min((at + 1) * page, limit));
    const known = directory.subarray(hashes + at * 32, hashes + (at + 1) * 32);
    if (!createHash("sha256").update(content).digest().equals(known)) return false;
  }
  return true;
}

/** The places of the load commands. */
function commandsOf(bytes: Buffer): readonly number[] {
  const places: number[] = [];
  let at = 32;
  for (let left = bytes.readUInt32LE(16); left > 0; left -= 1) {
    places.push(at);
    at += bytes.readUInt32LE(at + 4);
  }
  return places;
}
