import { ImgsyncError } from "../model/error.ts";
import { isLayout } from "../model/layout-name.ts";
import type { Change } from "../model/plan.ts";
import { formatRepository, isProblem, parseReference, type Repository, type TagReference } from "../model/reference.ts";
import { explain as explainPlanned, patternsConcerned } from "../planner/explain.ts";
import type { Explanation, TagExplanation } from "../model/tag-explanation.ts";
import { lookNow } from "./make-plan.ts";
import type { OnReadProgress } from "../model/read-progress.ts";
import type { Session } from "./session/session.ts";
import { usageError } from "./usage.ts";

/** Explains one tag of a source or a target. Writes to no registry. */
export async function explain(
  session: Session,
  asked: TagReference,
  onProgress?: OnReadProgress,
): Promise<TagExplanation> {
  const { manifest } = session;
  const only = patternsConcerned(manifest, asked);
  // an empty list would plan the whole manifest
  const concerned = only.length === 0 ? { ...manifest, entries: [] } : manifest;
  const look = await lookNow({ ...session, manifest: concerned }, { only, sizes: false, isLookOnly: true, onProgress });
  const found = explainPlanned(manifest, asked, look);
  return { ...found, credentials: await explainCredentials(session, found) };
}

/** @throws ImgsyncError USAGE */
export function readTag(text: string): TagReference {
  const reference = parseReference(text);
  if (isProblem(reference)) throw usageError(reference);
  const { repository, tag, digest } = reference;
  if (tag !== undefined && digest === undefined) return { repository, tag };
  throw new ImgsyncError({
    code: "USAGE",
    message: `"${text}" is not a tag`,
    hint: "write HOST/REPOSITORY:TAG of a target or of a source",
  });
}

/** Whether everything that the answer depends on could be read. An answer without any mapping is complete too. */
export function isComplete({ targets, mappings, credentials }: TagExplanation): boolean {
  return (
    mappings.every(({ outcome }) => outcome.kind !== "unknown") &&
    targets.every(({ change }) => change?.action !== "error") &&
    credentials.every(({ steps }) => steps.every(({ outcome }) => outcome.kind !== "failed"))
  );
}

async function explainCredentials(
  { world, registries, clock }: Session,
  { targets }: Explanation,
): Promise<TagExplanation["credentials"]> {
  const changes = targets.flatMap(({ change }) => (change === undefined ? [] : [change]));
  const places = [
    ...changes.flatMap((change) => sourceOf(change).map((repository) => ({ side: "source" as const, repository }))),
    ...changes.map(({ target }) => ({ side: "target" as const, repository: target.repository })),
  ];
  const distinct = new Map(places.map((one) => [`${one.side} ${formatRepository(one.repository)}`, one]));
  return Promise.all(
    [...distinct.values()].map(async ({ side, repository }) => ({
      side,
      place: formatRepository(repository),
      isLayout: isLayout(repository),
      steps: await registries.chain.explain(repository, { signal: world.signal }),
      now: clock.now(),
    })),
  );
}

function sourceOf({ source }: Change): readonly Repository[] {
  return source.kind === "registry" ? [source.reference.repository] : [];
}
