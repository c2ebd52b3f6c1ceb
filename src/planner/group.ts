import type { ErrorDetails } from "../model/error.ts";
import type { Origin, Mapping } from "../model/plan.ts";
import { formatPosition, type Position } from "../model/position.ts";
import { formatReference, type TagReference } from "../model/reference.ts";

/** All mappings of one target tag, in the order of the manifest. */
export type MappingGroup = {
  readonly target: TagReference;
  readonly first: Mapping;
  /** Without duplicates. */
  readonly mappings: readonly Mapping[];
  readonly origins: readonly Origin[];
  readonly positions: readonly Position[];
  /** Why the group is invalid, regardless of the registries. */
  readonly error: ErrorDetails | undefined;
};

/** Groups mappings by target tag. */
export function groupMappings(mappings: readonly Mapping[]): readonly MappingGroup[] {
  const byTarget = new Map<string, { readonly first: Mapping; readonly all: Mapping[] }>();
  for (const mapping of mappings) {
    const key = formatReference(mapping.target);
    const met = byTarget.get(key);
    if (met === undefined) byTarget.set(key, { first: mapping, all: [mapping] });
    else met.all.push(mapping);
  }
  return [...byTarget.values()].map(({ first, all }) => {
    const error = all
      .map((mapping) => chainError(mapping, byTarget.get(sourceTag(mapping))?.first))
      .find((problem) => problem !== undefined);
    const origins = all.map(({ origin }) => origin);
    return {
      target: first.target,
      first,
      mappings: distinctBy(identityOf, all),
      origins,
      positions: distinctBy(formatPosition, all.map(positionOf)),
      error,
    };
  });
}

/** The last of equal ones counts, at the place of the first. Almost all tags have one mapping, which needs no key. */
function distinctBy<T>(keyOf: (item: T) => string, items: readonly T[]): readonly T[] {
  if (items.length === 1) return items;
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

/** More positions would make the message unreadable. */
const MAX_POSITIONS = 10;

/** `images.yaml:3:7 and images.yaml:9:7` */
export function formatPositions(positions: readonly Position[]): string {
  const rest = positions.length - MAX_POSITIONS;
  const shown = positions.slice(0, MAX_POSITIONS).map(formatPosition);
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(" and ");
}

/** A source that the same run writes has no state that a plan could show. */
function chainError(mapping: Mapping, writer: Mapping | undefined): ErrorDetails | undefined {
  if (writer === undefined || formatReference(writer.target) === formatReference(mapping.target)) return undefined;
  return {
    code: "TARGET_CONFLICT",
    side: "source",
    reference: formatReference(writer.target),
    message: `the source is itself a target: ${formatPosition(positionOf(mapping))} reads what ${formatPosition(positionOf(writer))} writes`,
    hint: "copy both from the first source, or sync them in two runs with two files",
  };
}

function sourceTag({ source }: Mapping): string {
  if (source.kind !== "registry") return "";
  const { repository, tag } = source.reference;
  return tag === undefined ? "" : formatReference({ repository, tag });
}

function positionOf({ origin }: Mapping): Position {
  return origin.mapping.position;
}

/** Mappings with equal identities need one lookup. Other settings of their entries are read from the origins. */
function identityOf({ source, origin, isOptional, isLockedMissing }: Mapping): string {
  const { engine, platforms } = origin.entry;
  const name = source.kind === "registry" ? formatReference(source.reference) : source.image;
  return JSON.stringify([source.kind, name, engine, platforms, isOptional, isLockedMissing]);
}
