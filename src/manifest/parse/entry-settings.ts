import type { Entry } from "../../model/sync-manifest.ts";
import type { Defaults, Entry as WrittenEntry } from "../../schema/generated/images.ts";
import type { Key } from "../keys/key.ts";
import { KEYS } from "../keys/table.ts";
import type { FileContext } from "./file-context.ts";
import { isLocalImage } from "./local-image.ts";
import type { Path } from "./nodes.ts";

/** The settings of an entry that come from keys. */
export type EntrySettings = Omit<Entry, "position" | "source" | "targets" | "tags" | "lockedSelectors">;

type Around = { readonly path: Path; readonly defaults: Defaults; readonly context: FileContext };

/** The entry's own values take precedence over its file's defaults, and those over the built-in ones. */
export function readSettings(written: WrittenEntry, around: Around): EntrySettings {
  const parts = KEYS.map((key) => readKey(key, written, around));
  // keys that every entry has yield their default if they are not written
  return Object.assign({}, ...parts) as EntrySettings;
}

function readKey({ name, read }: Key, written: WrittenEntry, { path, defaults, context }: Around): Partial<Entry> {
  const isOwn = written[name] !== undefined;
  const place = [...(isOwn ? path : ["defaults"]), name];
  return read(written[name] ?? defaults[name], {
    isOwn,
    isLocal: isLocalImage(written.source),
    report: (finding, ...below) => context.report([...place, ...below], finding),
    refuseSource: (finding) => context.report([...path, "source"], finding),
    position: (...below) => context.positionOf([...place, ...below]),
    pathFromRoot: context.pathFromRoot,
  });
}
