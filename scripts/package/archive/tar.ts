/** A file, folder or link of an archive; `path` has no slash at its start or end. Folders that contain others are added by {@link tar}. */
export type Entry =
  | { readonly path: string; readonly content: Uint8Array | string; readonly mode?: number }
  | { readonly path: string; readonly folder: true; readonly mode?: number }
  | { readonly path: string; readonly link: string };

const BLOCK = 512;
const KIND = { file: "0", link: "2", folder: "5" } as const;

type Header = {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  readonly time: number;
  readonly kind: (typeof KIND)[keyof typeof KIND];
  readonly link?: string;
};

/**
 * Returns a tar archive (POSIX ustar) that depends on nothing but its entries and `time`, in seconds: sorted paths, all owned by root.
 * @throws if a path does not fit
 */
export function tar(entries: readonly Entry[], time: number): Uint8Array {
  const sorted = withFolders(entries).toSorted((one, other) => (one.path < other.path ? -1 : 1));
  const parts = sorted.flatMap((entry) => {
    if ("folder" in entry)
      return [header({ name: `${entry.path}/`, mode: entry.mode ?? 0o755, size: 0, time, kind: KIND.folder })];
    if ("link" in entry)
      return [header({ name: entry.path, mode: 0o777, size: 0, time, kind: KIND.link, link: entry.link })];
    const bytes = typeof entry.content === "string" ? Buffer.from(entry.content) : entry.content;
    const size = bytes.byteLength;
    const padding = new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
    return [header({ name: entry.path, mode: entry.mode ?? 0o644, size, time, kind: KIND.file }), bytes, padding];
  });
  return Buffer.concat([...parts, new Uint8Array(2 * BLOCK)]);
}

/** Returns the entries as they are in a folder. */
export function within(folder: string, entries: readonly Entry[]): readonly Entry[] {
  const move = (entry: Entry): Entry => ({ ...entry, path: `${folder}/${entry.path}` });
  return entries.map(move);
}

/** Adds the folders that are only named by paths below them. */
function withFolders(entries: readonly Entry[]): readonly Entry[] {
  const all = new Map<string, Entry>();
  for (const { path } of entries) {
    const names = path.split("/");
    for (const at of names.keys()) {
      const folder = names.slice(0, at).join("/");
      if (folder !== "") all.set(folder, { path: folder, folder: true });
    }
  }
  for (const entry of entries) all.set(entry.path, entry);
  return [...all.values()];
}

function header({ name, mode, size, time, kind, link = "" }: Header): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const [prefix, rest] = split(name);
  if (Buffer.byteLength(link) > 100) throw new Error(`the link does not fit into a tar archive: "${link}"`);
  block.write(rest, 0);
  block.write(octal(mode, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(time, 11), 136);
  // the checksum counts its own field as spaces
  block.write(" ".repeat(8), 148);
  block.write(kind, 156);
  block.write(link, 157);
  block.write("ustar\x0000", 257, "latin1");
  block.write("root", 265);
  block.write("root", 297);
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148, "latin1");
  return block;
}

/** A name of more than 100 bytes is split at a slash: at most 155 bytes before it and 100 after it. */
function split(name: string): readonly [prefix: string, rest: string] {
  if (Buffer.byteLength(name) <= 100) return ["", name];
  for (let at = name.indexOf("/"); at > 0; at = name.indexOf("/", at + 1)) {
    const parts = [name.slice(0, at), name.slice(at + 1)] as const;
    if (parts[1] !== "" && Buffer.byteLength(parts[0]) <= 155 && Buffer.byteLength(parts[1]) <= 100) return parts;
  }
  throw new Error(`the path does not fit into a tar archive: "${name}"`);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
