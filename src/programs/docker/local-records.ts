import { asObject, parseObject } from "../../model/json.ts";
import { randomBytes } from "node:crypto";
import { lstat, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { type Digest, parseDigest } from "../../model/digest.ts";
import { defined } from "../../model/defined.ts";
import { isProblem, parseReference } from "../../model/reference.ts";
import { readTextFile } from "../../files/read-text-file.ts";
import { isAlive } from "./process-alive.ts";

/** What a change has given docker and will take away again. */
export type Made = {
  readonly tag?: MadeTag;
  readonly pulled?: MadePull;
};

export type MadeTag = {
  readonly name: string;
  readonly image: Digest;
  /** The image that had the name before. */
  readonly before?: Digest;
  /** When it was made: by the clock of docker's daemon as soon as that is known, until then by this machine's. ISO 8601. */
  readonly madeAt: string;
};

export type MadePull = {
  readonly name: string;
  /** The image was not here under another name or without one. */
  readonly isNew: boolean;
};

/** The record of one change, in a file that outlives a killed process. There is no file while nothing is made. */
export type LocalRecord = {
  readonly update: (part: { readonly [K in keyof Made]: Made[K] | undefined }) => Promise<void>;
};

/** The record of a process that no longer runs. */
export type Leftover = {
  /** Identifies docker and its daemon. */
  readonly place: string;
  readonly made: Made;
  readonly forget: () => Promise<void>;
};

export type LocalRecords = {
  /** `place`: identifies docker and its daemon. */
  readonly open: (place: string) => LocalRecord;
  /** Takes over the records of dead processes. No other process gets those. */
  readonly takeLeftovers: () => Promise<readonly Leftover[]>;
};

const NAME = /^imgsync-made-([0-9]{1,10})-[a-f0-9]{16}\.json(\.new)?$/;
const MAX_BYTES = 64 * 1024;
/** The folder may be one that others can write to: a link that waits under the name is never followed. */
const PRIVATE_NEW = { mode: 0o600, flag: "wx" } as const;

/** `parents`: folders for the files, in order of preference. */
export function createLocalRecords(parents: readonly string[]): LocalRecords {
  return {
    open: (place) => {
      let made: Made = {};
      let path: string | undefined;
      return {
        update: async (part) => {
          made = defined({ ...made, ...part });
          if (Object.keys(made).length > 0) path = await write(path ?? parents, JSON.stringify({ place, made }));
          else if (path !== undefined) await rm(path, { force: true });
        },
      };
    },
    takeLeftovers: async () => {
      const taken = await Promise.all(parents.map(takeIn));
      return taken.flat();
    },
  };
}

/** Writes a new file in the first folder that can be used, or replaces the file as a whole. Returns its path. */
async function write(where: string | readonly string[], text: string): Promise<string> {
  if (typeof where === "string") {
    const whole = join(dirname(where), `${newName()}.new`);
    await writeFile(whole, text, PRIVATE_NEW);
    await rename(whole, where);
    return where;
  }
  const [parent, ...others] = where;
  if (parent === undefined) throw new Error("no folder to keep a record in");
  const path = join(parent, newName());
  try {
    await writeFile(path, text, PRIVATE_NEW);
    return path;
  } catch (thrown) {
    // XDG_RUNTIME_DIR may not exist, as in a cron job
    if (others.length === 0) throw thrown;
    return write(others, text);
  }
}

function newName(): string {
  return `imgsync-made-${process.pid}-${randomBytes(8).toString("hex")}.json`;
}

async function takeIn(parent: string): Promise<readonly Leftover[]> {
  const names = await readdir(parent).catch((): string[] => []);
  const taken: Leftover[] = [];
  for (const name of names) {
    const [, owner, isUnfinished] = NAME.exec(name) ?? [];
    const id = Number(owner);
    if (!Number.isSafeInteger(id) || id === process.pid || isAlive(id)) continue;
    const found = await lstat(join(parent, name)).catch(() => undefined);
    if (found?.isFile() !== true || found.uid !== (process.getuid?.() ?? found.uid)) continue;
    if (isUnfinished !== undefined) {
      await rm(join(parent, name), { force: true });
      continue;
    }
    const path = join(parent, newName());
    const isMine = await rename(join(parent, name), path).then(
      () => true,
      () => false,
    );
    if (!isMine) continue;
    const forget = async (): Promise<void> => rm(path, { force: true });
    const record = await readRecord(path);
    if (record === undefined) await forget();
    else taken.push({ ...record, forget });
  }
  return taken;
}

async function readRecord(path: string): Promise<Omit<Leftover, "forget"> | undefined> {
  const read = await readTextFile(path, MAX_BYTES);
  const record = "problem" in read ? undefined : parseObject(read.text);
  const place = record?.get("place");
  const made = asObject(record?.get("made"));
  if (typeof place !== "string" || made === undefined) return undefined;
  return { place, made: defined({ tag: tagIn(made.get("tag")), pulled: pullIn(made.get("pulled")) }) };
}

function tagIn(value: unknown): MadeTag | undefined {
  const tag = asObject(value);
  const name = nameIn(tag?.get("name"));
  const image = digestIn(tag?.get("image"));
  const madeAt = tag?.get("madeAt");
  if (name === undefined || image === undefined || typeof madeAt !== "string") return undefined;
  return { name, image, madeAt, ...defined({ before: digestIn(tag?.get("before")) }) };
}

function pullIn(value: unknown): MadePull | undefined {
  const pulled = asObject(value);
  const name = nameIn(pulled?.get("name"));
  return name === undefined ? undefined : { name, isNew: pulled?.get("isNew") === true };
}

function nameIn(value: unknown): string | undefined {
  return typeof value === "string" && !isProblem(parseReference(value)) ? value : undefined;
}

function digestIn(value: unknown): Digest | undefined {
  return typeof value === "string" ? parseDigest(value) : undefined;
}
