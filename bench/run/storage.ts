import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TestImage } from "../../test/support/images.ts";
import type { BenchImage, BenchSet } from "../sets/bench-set.ts";

/**
 * The storage folder of docker-registry, written and read without the program: a set of thousands of tags is there in seconds, and what a
 * tool has copied is compared without requests that would count. Layout: distribution's storage/paths.go.
 */
export type Storage = {
  readonly folder: string;
  /** Writes a set; `prefix` comes before the names of its repositories, such as `mirror/`. */
  readonly write: (set: BenchSet, prefix?: string) => Promise<void>;
  /** Returns what is missing or differs. */
  readonly compare: (set: BenchSet, prefix?: string) => readonly string[];
  /** The number of digest tags of the set that are there. */
  readonly countAttached: (set: BenchSet, prefix?: string) => number;
};

export function createStorage(folder: string): Storage {
  const root = join(folder, "docker", "registry", "v2");
  const made = new Set<string>();
  const write = (file: string, content: string | Uint8Array): void => {
    const parent = dirname(file);
    if (!made.has(parent)) mkdirSync(parent, { recursive: true });
    made.add(parent);
    writeFileSync(file, content);
  };
  const hexOf = (digest: string): string => digest.slice("sha256:".length);
  const blobFile = (digest: string): string =>
    join(root, "blobs", "sha256", hexOf(digest).slice(0, 2), hexOf(digest), "data");
  const inRepository = (name: string, ...parts: readonly string[]): string =>
    join(root, "repositories", name, ...parts);
  const stored = new Set<string>();
  const store = (digest: string, bytes: Uint8Array): void => {
    if (!stored.has(digest)) write(blobFile(digest), bytes);
    stored.add(digest);
  };
  const link = (name: string, folderOf: string, digest: string): void =>
    write(inRepository(name, folderOf, "sha256", hexOf(digest), "link"), digest);

  const addImage = (name: string, { digest, bytes, blobs, children }: TestImage): void => {
    for (const child of children) addImage(name, child);
    for (const one of blobs) {
      store(one.descriptor.digest, one.bytes);
      link(name, "_layers", one.descriptor.digest);
    }
    store(digest, bytes);
    link(name, "_manifests/revisions", digest);
  };
  const addTag = (name: string, tag: string, { digest }: TestImage): void => {
    write(inRepository(name, "_manifests", "tags", tag, "current", "link"), digest);
    link(name, `_manifests/tags/${tag}/index`, digest);
  };
  const addBig = async (name: string, { big = [] }: BenchImage): Promise<void> => {
    for (const one of big) {
      await mkdir(dirname(blobFile(one.digest)), { recursive: true });
      if (!stored.has(one.digest)) await one.write(blobFile(one.digest));
      stored.add(one.digest);
      link(name, "_layers", one.digest);
    }
  };

  const isStored = (digest: string, size: number): boolean =>
    statSync(blobFile(digest), { throwIfNoEntry: false })?.size === size;
  const missingBelow = ({ digest, bytes, blobs, children }: TestImage): string[] => [
    ...(isStored(digest, bytes.length) ? [] : [`manifest ${digest}`]),
    ...blobs.flatMap(({ descriptor }) =>
      isStored(descriptor.digest, descriptor.size) ? [] : [`blob ${descriptor.digest}`],
    ),
    ...children.flatMap(missingBelow),
  ];
  const tagAt = (name: string, tag: string): string | undefined => {
    try {
      return readFileSync(inRepository(name, "_manifests", "tags", tag, "current", "link"), "utf8");
    } catch {
      return undefined;
    }
  };

  return {
    folder,
    write: async ({ repositories }, prefix = "") => {
      for (const { name, tags, attached = [] } of repositories) {
        for (const [tag, one] of tags) {
          addImage(prefix + name, one.image);
          await addBig(prefix + name, one);
          addTag(prefix + name, tag, one.image);
        }
        for (const { tag, image } of attached) {
          addImage(prefix + name, image);
          addTag(prefix + name, tag, image);
        }
      }
    },
    compare: ({ repositories }, prefix = "") =>
      repositories.flatMap(({ name, tags }) =>
        [...tags].flatMap(([tag, { image, big = [] }]) => {
          const at = tagAt(prefix + name, tag);
          if (at !== image.digest) return [`${prefix}${name}:${tag} is at ${at ?? "nothing"}`];
          const absent = big.filter((one) => !isStored(one.digest, one.size));
          return missingBelow(image).concat(absent.map(({ digest }) => `blob ${digest}`));
        }),
      ),
    countAttached: ({ repositories }, prefix = "") =>
      repositories.reduce(
        (sum, { name, attached = [] }) =>
          sum + attached.filter(({ tag }) => tagAt(prefix + name, tag) !== undefined).length,
        0,
      ),
  };
}
