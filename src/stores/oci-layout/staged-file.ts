import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/** How the names of files begin that are not complete yet. */
export const TEMPORARY = ".imgsync-";

export type StagedFile = {
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Gives it its name in one step, after its bytes are on the disk. */
  readonly moveTo: (path: string) => Promise<void>;
  readonly discard: () => Promise<void>;
};

/** A file that has no name of its own until it is complete, so that no reader ever finds half of it. */
export async function createStagedFile(root: string): Promise<StagedFile> {
  const path = join(root, TEMPORARY + randomBytes(12).toString("hex"));
  const handle = await open(path, "wx", 0o644);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  return {
    write: async (bytes) => {
      for (let at = 0; at < bytes.byteLength;) {
        const { bytesWritten } = await handle.write(bytes, at, bytes.byteLength - at);
        at += bytesWritten;
      }
    },
    moveTo: async (target) => {
      await handle.sync();
      await close();
      await rename(path, target);
    },
    discard: async () => {
      await close();
      await rm(path, { force: true });
    },
  };
}
