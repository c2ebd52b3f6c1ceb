import { randomBytes } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Disk, renameOver } from "../../files/disk.ts";

/** Prefix of the names of incomplete files. */
export const TEMPORARY = ".imgsync-";

export type StagedFile = {
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Flushes the file to disk and renames it atomically. */
  readonly moveTo: (path: string) => Promise<void>;
  readonly discard: () => Promise<void>;
};

/** Creates a file under a temporary name until it is complete, so that readers never see part of it. */
export async function createStagedFile(root: string, disk: Disk): Promise<StagedFile> {
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
      await renameOver({ from: path, to: target }, disk);
    },
    discard: async () => {
      await close();
      await rm(path, { force: true });
    },
  };
}
