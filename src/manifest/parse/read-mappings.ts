import type { Digest } from "../../model/digest.ts";
import type { Position } from "../../model/position.ts";
import { isProblem, type Reference } from "../../model/reference.ts";
import type { Entry, EntrySource, LiteralMapping } from "../../model/sync-manifest.ts";
import { claimsOf } from "./claims-of.ts";
import type { ReadEntry } from "./claim.ts";
import type { EntrySettings } from "./entry-settings.ts";
import type { FileContext } from "./file-context.ts";
import { isLocalImage, parseLocalImage } from "./local-image.ts";
import type { Path } from "./nodes.ts";
import { readReference } from "./read-reference.ts";
import { defined } from "../../model/defined.ts";

export type ReadTarget = {
  readonly reference: Reference | undefined;
  readonly position: Position;
  readonly path: Path;
};

type Options = {
  readonly path: Path;
  readonly targets: readonly ReadTarget[];
  readonly settings: EntrySettings;
  readonly context: FileContext;
};

/** Reads an entry without `tags`, which has one mapping. Targets with different tags become separate entries. */
export function readMappings(written: string, options: Options): ReadEntry {
  const { path, targets, settings, context } = options;
  const from = readSource(written, [...path, "source"], context);
  const named = from === undefined ? [] : targets.flatMap((target) => nameTarget(target, from));
  const tags = [...new Set(named.map(({ tag }) => tag))];
  if (from === undefined) return { entries: [], claims: [] };
  const position = context.positionOf(path);
  const read = tags.map((tag) => {
    const wanting = named.filter((target) => target.tag === tag);
    const isLatestImplied = from.isLatestImplied || (from.isId && wanting.some(({ isTagWritten }) => !isTagWritten));
    const mapping: LiteralMapping = { kind: "literal", position, from: from.name, to: [tag], isLatestImplied };
    const entry: Entry = {
      position,
      source: from.source,
      targets: wanting.map(({ target }) => target),
      tags: [mapping],
      ...settings,
    };
    return { entry, claims: claimsOf(entry, mapping, context.rangeOf([...path, "target"])) };
  });
  return { entries: read.map(({ entry }) => entry), claims: read.flatMap(({ claims }) => claims) };
}

type MappingSource = {
  readonly source: EntrySource;
  readonly name: { readonly tag?: string; readonly digest?: Digest };
  /** The default tag of a target. */
  readonly tag?: string;
  readonly isLatestImplied: boolean;
  /** The source is a local image ID, which has no tag of its own. */
  readonly isId: boolean;
};

function readSource(text: string, path: Path, context: FileContext): MappingSource | undefined {
  if (isLocalImage(text)) {
    const local = parseLocalImage(text);
    if (!isProblem(local)) return { ...local, source: { kind: "docker-daemon", image: local.image }, name: {} };
    context.report(path, { message: local.problem, hint: local.hint });
    return undefined;
  }
  const reference = readReference(text, path, context);
  if (reference === undefined) return undefined;
  const { repository, ...written } = reference;
  const isLatestImplied = written.tag === undefined && written.digest === undefined;
  const name = isLatestImplied ? { tag: "latest" } : written;
  return {
    source: { kind: "registry", repository },
    name,
    isLatestImplied,
    isId: false,
    ...defined({ tag: name.tag }),
  };
}

function nameTarget(
  { reference, position }: ReadTarget,
  source: MappingSource,
): readonly { readonly tag: string; readonly isTagWritten: boolean; readonly target: Entry["targets"][number] }[] {
  if (reference === undefined) return [];
  // without a tag, the image is kept under its digest
  const tag = reference.tag ?? source.tag ?? source.name.digest;
  return tag === undefined
    ? []
    : [{ tag, isTagWritten: reference.tag !== undefined, target: { position, repository: reference.repository } }];
}
