import { randomBytes } from "node:crypto";
import { lstat, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { createKeyedLock } from "../../async/keyed-lock.ts";
import { isMissing, readTextFile } from "../../files/read-text-file.ts";
import { REPLACED_BYTES, replaceFile } from "../../files/replace-file.ts";
import { ImgsyncError } from "../../model/error.ts";
import type { Clock } from "../../model/ports.ts";
import { formatRepository } from "../../model/reference.ts";
import type { Layout } from "./blob-files.ts";
import { refusedLayout } from "./failure.ts";
import { refuseLink } from "./folder.ts";
import { EMPTY_INDEX, formatIndex, type LayoutIndex, parseIndex } from "./index-file.ts";

export type IndexAccess = {
  readonly read: (layout: Layout) => Promise<LayoutIndex>;
  /** Replaces the index atomically, with one writer at a time across all runs on this machine. */
  readonly change: (
    layout: Layout,
    edit: (index: LayoutIndex) => LayoutIndex,
    signal: AbortSignal,
  ) => Promise<{ readonly before: LayoutIndex; readonly after: LayoutIndex }>;
};

const FILE = "index.json";
const LOCK = "index.json.lock";
const LOOK_AGAIN_MS = 20;
/** Replacing an index takes milliseconds, so an older lock is left over from a killed run. */
const STALE_MS = 60_000;

export function createIndexAccess(clock: Pick<Clock, "sleep">): IndexAccess {
  const inTurn = createKeyedLock();
  const parsed = new Map<string, { readonly text: string; readonly index: LayoutIndex }>();

  const readText = async ({ root, repository }: Layout): Promise<string | undefined> => {
    const path = join(root, FILE);
    const read = await readTextFile(path, REPLACED_BYTES);
    if ("isMissing" in read) return undefined;
    await refuseLink(path, repository);
    if ("problem" in read) throw refusedLayout(repository, `${FILE} ${read.problem}`);
    return read.text;
  };

  const parse = ({ root, repository }: Layout, text: string | undefined): LayoutIndex => {
    if (text === undefined) return EMPTY_INDEX;
    const known = parsed.get(root);
    if (known?.text === text) return known.index;
    const index = parseIndex(new TextEncoder().encode(text), repository);
    parsed.set(root, { text, index });
    return index;
  };

  return {
    read: async (layout) => parse(layout, await readText(layout)),
    change: (layout, edit, signal) =>
      inTurn(layout.root, () =>
        withLock(layout, { clock, signal }, async () => {
          const text = await readText(layout);
          const before = parse(layout, text);
          const after = edit(before);
          if (after !== before) {
            const name = `${formatRepository(layout.repository)}: ${FILE}`;
            const state = { name, path: join(layout.root, FILE), text };
            await replaceFile(state, formatIndex(after), "as before", layout.disk);
          }
          return { before, after };
        }),
      ),
  };
}

type Waiting = { readonly clock: Pick<Clock, "sleep">; readonly signal: AbortSignal };

async function withLock<T>(
  { root, repository }: Layout,
  { clock, signal }: Waiting,
  work: () => Promise<T>,
): Promise<T> {
  const path = join(root, LOCK);
  while (!(await tryLock(path))) {
    signal.throwIfAborted();
    await removeStale(path);
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
  try {
    return await work();
  } catch (thrown) {
    const details = thrown instanceof ImgsyncError ? thrown.details : undefined;
    if (details === undefined) throw thrown;
    throw new ImgsyncError({ reference: formatRepository(repository), ...details }, { cause: thrown });
  } finally {
    await rm(path, { force: true });
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await (await open(path, "wx")).close();
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST") return false;
    throw thrown;
  }
}

/** Renames the lock first, so that only one of several runs removes it. */
async function removeStale(path: string): Promise<void> {
  try {
    const { mtimeMs } = await lstat(path);
    // a lock from the future does not belong to an active run either
    if (Math.abs(Date.now() - mtimeMs) < STALE_MS) return;
    const aside = `${path}.${randomBytes(6).toString("hex")}`;
    await rename(path, aside);
    await rm(aside, { force: true });
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown;
  }
}
