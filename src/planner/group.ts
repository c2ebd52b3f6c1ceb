import type { ErrorDetails } from "../model/error.ts";
import type { Origin, Wish } from "../model/plan.ts";
import { formatPosition, type Position } from "../model/position.ts";
import { formatReference, type TagReference } from "../model/reference.ts";

/** All that is wished for one target tag, in the order of the manifest. */
export type WishGroup = {
  readonly target: TagReference;
  readonly first: Wish;
  /** Without repeats of the same wish. */
  readonly wishes: readonly Wish[];
  readonly origins: readonly Origin[];
  readonly positions: readonly Position[];
  /** Why it must not be done, before anybody looks at a registry. */
  readonly error: ErrorDetails | undefined;
};

/** Brings together the wishes that meet on one target tag. */
export function groupWishes(wishes: readonly Wish[]): readonly WishGroup[] {
  const byTarget = new Map<string, { readonly first: Wish; readonly all: Wish[] }>();
  for (const wish of wishes) {
    const key = formatReference(wish.target);
    const met = byTarget.get(key);
    if (met === undefined) byTarget.set(key, { first: wish, all: [wish] });
    else met.all.push(wish);
  }
  return [...byTarget.values()].map(({ first, all }) => {
    const error = all
      .map((wish) => chainError(wish, byTarget.get(sourceTag(wish))?.first))
      .find((problem) => problem !== undefined);
    const distinct = [...new Map(all.map((wish) => [identityOf(wish), wish])).values()];
    const origins = all.map(({ origin }) => origin);
    const positions = [...new Map(all.map(positionOf).map((at) => [formatPosition(at), at])).values()];
    return { target: first.target, first, wishes: distinct, origins, positions, error };
  });
}

/** More places would not be read. */
const MAX_POSITIONS = 10;

/** `images.yaml:3:7 and images.yaml:9:7` */
export function formatPositions(positions: readonly Position[]): string {
  const rest = positions.length - MAX_POSITIONS;
  const shown = positions.slice(0, MAX_POSITIONS).map(formatPosition);
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(" and ");
}

/** A source that this very run writes has no state that a plan could show. */
function chainError(wish: Wish, writer: Wish | undefined): ErrorDetails | undefined {
  if (writer === undefined || formatReference(writer.target) === formatReference(wish.target)) return undefined;
  return {
    code: "TARGET_CONFLICT",
    side: "source",
    reference: formatReference(writer.target),
    message: `the source is itself a target: ${formatPosition(positionOf(wish))} reads what ${formatPosition(positionOf(writer))} writes`,
    hint: "copy both from the first source, or sync them in two runs with two files",
  };
}

function sourceTag({ source }: Wish): string {
  if (source.kind !== "registry") return "";
  const { repository, tag } = source.reference;
  return tag === undefined ? "" : formatReference({ repository, tag });
}

function positionOf({ origin }: Wish): Position {
  return origin.wish.position;
}

/** What is looked at in the same way is looked at once; what else the entries say is read from the origins. */
function identityOf({ source, origin, isOptional, isLockedMissing }: Wish): string {
  const { engine, platforms } = origin.entry;
  const name = source.kind === "registry" ? formatReference(source.reference) : source.image;
  return JSON.stringify([source.kind, name, engine, platforms, isOptional, isLockedMissing]);
}
