import { createReadStream } from "node:fs";
import { lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "../../files/read-text-file.ts";
import type { Disk } from "../../files/disk.ts";
import type { Descriptor } from "../../model/descriptor.ts";
import { algorithmOf, createDigester, type Digest, digestOf } from "../../model/digest.ts";
import { ImgsyncError } from "../../model/error.ts";
import { formatReference, type Repository } from "../../model/reference.ts";
import { verified } from "../../model/verified-content.ts";
import { refusedLayout } from "./failure.ts";
import { createStagedFile } from "./staged-file.ts";

/** An existing layout: its repository name, its real path, and the disk that it is on. */
export type Layout = { readonly repository: Repository; readonly root: string; readonly disk: Disk };

const BLOBS = "blobs";
const FOLDER_EXISTS = "EEXIST";

/** Returns the size of a blob's file, or undefined if there is none. Anything but a regular file, such as a link or pipe, is refused. */
export async function sizeOfBlob(layout: Layout, digest: Digest): Promise<number | undefined> {
  const { root, repository } = layout;
  const folders = [join(root, BLOBS), join(root, BLOBS, algorithmOf(digest))];
  try {
    for (const folder of folders)
      if (!(await lstat(folder)).isDirectory()) throw refusedLayout(repository, `"${BLOBS}" is not a plain folder`);
    const found = await lstat(pathOf(layout, digest));
    if (found.isFile()) return found.size;
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
  throw refusedLayout(repository, `the blob "${digest}" is not a plain file`);
}

/** Opens a blob and verifies it while it is read. The last chunk is held back until the content is verified. */
export async function openBlob(
  layout: Layout,
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const { digest, size } = descriptor;
  const found = await sizeOfBlob(layout, digest);
  if (found === undefined) throw missingBlob(layout, digest);
  if (found !== size) throw wrongBlob(layout, digest, `${found} of ${size} bytes`);
  const body = createReadStream(pathOf(layout, digest), { signal, highWaterMark: 1024 * 1024 });
  return verified(body, descriptor, () => wrongBlob(layout, digest, "other content than its digest says"));
}

/** Reads a verified blob of at most `limit` bytes. Returns undefined if it is missing or larger. */
export async function readBlob(
  layout: Layout,
  digest: Digest,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): Promise<Uint8Array | undefined> {
  const size = await sizeOfBlob(layout, digest);
  if (size === undefined || size > limit) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of await openBlob(layout, { mediaType: "", digest, size }, signal)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Writes a blob atomically: the file gets its name only when the content is complete and verified. */
export async function writeBlob(
  layout: Layout,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { root, repository, disk } = layout;
  for (const folder of [join(root, BLOBS), join(root, BLOBS, algorithmOf(digest))])
    await ensureFolder(folder, repository);
  const digester = createDigester(algorithmOf(digest));
  const staged = await createStagedFile(root, disk);
  try {
    let length = 0;
    for await (const chunk of body) {
      length += chunk.byteLength;
      if (length > size) break;
      digester.update(chunk);
      await staged.write(chunk);
    }
    if (length !== size || digester.digest() !== digest) throw wrongBlob(layout, digest, "other bytes than were named");
    await staged.moveTo(pathOf(layout, digest));
  } catch (thrown) {
    await staged.discard();
    throw thrown;
  }
}

export async function writeBytes(layout: Layout, bytes: Uint8Array, digest: Digest): Promise<void> {
  if (digestOf(bytes, algorithmOf(digest)) !== digest) throw new Error(`these bytes are not "${digest}"`);
  if ((await sizeOfBlob(layout, digest)) === bytes.byteLength) return;
  await writeBlob(layout, { digest, size: bytes.byteLength }, once(bytes));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The name is built only from a validated digest, so it cannot leave the folder. */
function pathOf({ root }: Layout, digest: Digest): string {
  const algorithm = algorithmOf(digest);
  return join(root, BLOBS, algorithm, digest.slice(algorithm.length + 1));
}

async function ensureFolder(path: string, repository: Repository): Promise<void> {
  try {
    await mkdir(path);
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === FOLDER_EXISTS)) throw thrown;
    if (!(await lstat(path)).isDirectory()) throw refusedLayout(repository, `"${BLOBS}" is not a plain folder`);
  }
}

function missingBlob({ repository }: Layout, digest: Digest): ImgsyncError {
  return new ImgsyncError({
    code: "CONTENT_MISSING",
    reference: formatReference({ repository }),
    message: `${formatReference({ repository })} has no blob "${digest}", although a manifest there refers to it`,
    hint: "the image is incomplete: write it there again",
  });
}

function wrongBlob({ repository }: Layout, digest: Digest, got: string): ImgsyncError {
  return new ImgsyncError({
    code: "CONTENT_MISMATCH",
    reference: formatReference({ repository }),
    message: `${formatReference({ repository })} has ${got} for the blob "${digest}"`,
    hint: "the file is damaged: remove it and write the image there again",
  });
}
