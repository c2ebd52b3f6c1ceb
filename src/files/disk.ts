import { rename } from "node:fs/promises";
import type { Clock } from "../model/ports.ts";
import { type System, thisSystem } from "./system.ts";

/** How files are replaced: on this system's disk, except in tests. */
export type Disk = {
  readonly system: System;
  /** Replaces `to` in one step. */
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly sleep: Clock["sleep"];
};

export function diskOf({ sleep }: Pick<Clock, "sleep">): Disk {
  return { system: thisSystem(), rename, sleep };
}

/** About 1.3 seconds in total: a virus scanner or an editor has a file open for milliseconds. */
const WAITS_MS = [10, 20, 40, 80, 160, 320, 640];

/** A wait of this length need not be interrupted. */
const never = new AbortController().signal;

/**
 * Renames a file over another one. On Windows, this fails while another program has one of them open, so it is tried again for a short
 * time. `check` runs before each try and throws if the file must not be replaced any more.
 * @throws the system's error of the last try
 */
export async function renameOver(
  { from, to }: { readonly from: string; readonly to: string },
  { system, rename: renameOnce, sleep }: Disk,
  check: () => Promise<void> = async () => undefined,
): Promise<void> {
  for (const wait of system === "windows" ? WAITS_MS : []) {
    await check();
    try {
      await renameOnce(from, to);
      return;
    } catch (thrown) {
      if (!isInUse(thrown)) throw thrown;
    }
    await sleep(wait, never);
  }
  await check();
  await renameOnce(from, to);
}

/** Windows reports a file that another program has open as one of these, and Deno some of them only by the name of the error. */
export function isInUse(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : thrown.name;
  return ["EPERM", "EACCES", "EBUSY", "PermissionDenied", "Busy"].includes(code);
}
