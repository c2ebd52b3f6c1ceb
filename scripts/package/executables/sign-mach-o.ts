import { createHash } from "node:crypto";

/** Numbers of Apple's loader.h and cs_blobs.h. */
const COMMAND = { segment: 0x19, codeSignature: 0x1d } as const;
const MAGIC = { superBlob: 0xfade0cc0, codeDirectory: 0xfade0c02 } as const;
const VERSION = 0x20400;
const FLAG_ADHOC = 0x2;
const SHA256 = { type: 2, size: 32 } as const;
const PAGE_BITS = 12;
const MAIN_BINARY = 1n;
const HEADER_SIZE = 32;
const DIRECTORY_SIZE = 88;
const SUPER_BLOB_SIZE = 20;
/** Of memory pages on arm64, for the size of the last segment. */
const MEMORY_PAGE = 0x4000;

/**
 * Returns a Mach-O executable with a signature of no one (ad hoc), without which Apple silicon runs nothing: the checksums of its pages. It is what
 * `codesign --sign -` and the linkers of Go and LLVM write. Node's tool for executables removes the signature of Node.js.
 * @throws if the executable is signed already, or if there is no room for the load command
 */
export function signMachO(bytes: Uint8Array, identifier: string): Uint8Array {
  const start = alignTo(bytes.byteLength, 16);
  const name = Buffer.from(`${identifier}\0`);
  const pages = Math.ceil(start / 2 ** PAGE_BITS);
  const size = SUPER_BLOB_SIZE + DIRECTORY_SIZE + name.length + pages * SHA256.size;
  const signed = Buffer.alloc(start + size);
  signed.set(bytes);
  const text = addCommand(signed, start, size);
  signed.set(signature(signed.subarray(0, start), name, text), start);
  return signed;
}

/** Adds the load command that says where the signature is, and returns the place of the program's code in the file. */
function addCommand(bytes: Buffer, start: number, size: number): { readonly offset: bigint; readonly size: bigint } {
  const [count, commandBytes] = [bytes.readUInt32LE(16), bytes.readUInt32LE(20)];
  const end = HEADER_SIZE + commandBytes;
  let text: { readonly offset: bigint; readonly size: bigint } | undefined;
  for (let at = HEADER_SIZE; at < end; at += bytes.readUInt32LE(at + 4)) {
    const command = bytes.readUInt32LE(at);
    if (command === COMMAND.codeSignature) throw new Error("the executable is signed already");
    if (command !== COMMAND.segment) continue;
    const name = bytes.toString("latin1", at + 8, at + 24).replaceAll("\0", "");
    const offset = bytes.readBigUInt64LE(at + 40);
    if (name === "__TEXT") text = { offset, size: bytes.readBigUInt64LE(at + 48) };
    if (name !== "__LINKEDIT") continue;
    // the last segment, which the signature belongs to
    const fileSize = start + size - Number(offset);
    bytes.writeBigUInt64LE(BigInt(alignTo(fileSize, MEMORY_PAGE)), at + 32);
    bytes.writeBigUInt64LE(BigInt(fileSize), at + 48);
  }
  if (text === undefined) throw new Error("the executable has no code");
  if (bytes.subarray(end, end + 16).some((byte) => byte !== 0)) throw new Error("no room for a load command");
  bytes.writeUInt32LE(count + 1, 16);
  bytes.writeUInt32LE(commandBytes + 16, 20);
  for (const [at, value] of [COMMAND.codeSignature, 16, start, size].entries())
    bytes.writeUInt32LE(value, end + at * 4);
  return text;
}

/** All numbers in a signature are big-endian. */
function signature(
  content: Buffer,
  name: Buffer,
  text: { readonly offset: bigint; readonly size: bigint },
): Uint8Array {
  const pageSize = 2 ** PAGE_BITS;
  const pages = Array.from({ length: Math.ceil(content.length / pageSize) }, (_, at) =>
    createHash("sha256")
      .update(content.subarray(at * pageSize, (at + 1) * pageSize))
      .digest(),
  );
  const hashes = DIRECTORY_SIZE + name.length;
  const length = hashes + pages.length * SHA256.size;
  const head = Buffer.alloc(SUPER_BLOB_SIZE + DIRECTORY_SIZE);
  const superBlob = [MAGIC.superBlob, SUPER_BLOB_SIZE + length, 1, 0, SUPER_BLOB_SIZE];
  const places = [hashes, DIRECTORY_SIZE, 0, pages.length, content.length];
  const words = [...superBlob, MAGIC.codeDirectory, length, VERSION, FLAG_ADHOC, ...places];
  for (const [at, word] of words.entries()) head.writeUInt32BE(word, at * 4);
  head.set([SHA256.size, SHA256.type, 0, PAGE_BITS], words.length * 4);
  for (const [at, value] of [text.offset, text.size, MAIN_BINARY].entries())
    head.writeBigUInt64BE(value, SUPER_BLOB_SIZE + 64 + at * 8);
  return Buffer.concat([head, name, ...pages]);
}

function alignTo(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
