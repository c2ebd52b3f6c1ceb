import type { ErrorDetails } from "../model/error.ts";
import type { Change, Plan } from "../model/plan.ts";
import { formatReference, formatRepository } from "../model/reference.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Entry, SyncManifest } from "../model/sync-manifest.ts";
import { createFacts } from "./facts/facts.ts";

/** A new plan of {@link partAboutDeletes} and the snapshot that it was made from. */
export type NewLook = { readonly plan: Plan; readonly snapshot: Snapshot };

/**
 * Reduces the manifest to the entries that decide about deletes in the repositories of these changes: all that write there. Signatures do
 * not matter for deletes and are not looked up again.
 */
export function partAboutDeletes(manifest: SyncManifest, deletes: readonly Change[]): SyncManifest {
  const repositories = new Set(deletes.map(({ target }) => formatRepository(target.repository)));
  const entries = manifest.entries
    .filter(({ targets }) => targets.some(({ repository }) => repositories.has(formatRepository(repository))))
    .map(withoutSignatures);
  return { ...manifest, entries };
}

function withoutSignatures(entry: Entry): Entry {
  const { verify, ...rest } = entry;
  return verify === undefined && entry.referrers === false ? entry : { ...rest, referrers: false };
}

/** The deletes that the manifest and the registries no longer justify, each with the reason. */
export function findUnconfirmed(deletes: readonly Change[], look: NewLook): ReadonlyMap<Change, ErrorDetails> {
  const now = new Map(look.plan.changes.map((change) => [formatReference(change.target), change]));
  const unconfirmed = new Map<Change, ErrorDetails>();
  for (const change of deletes) {
    const error = reasonAgainst(change, now.get(formatReference(change.target)), look);
    if (error !== undefined) unconfirmed.set(change, error);
  }
  return unconfirmed;
}

function reasonAgainst(
  { target }: Change,
  now: Change | undefined,
  { plan: { failures = [] }, snapshot }: NewLook,
): ErrorDetails | undefined {
  if (now?.action === "delete") return undefined;
  if (now?.error !== undefined) return now.error;
  const [failure] = failures;
  if (failure !== undefined) return failure.error;
  if (now === undefined && isGone(target, snapshot)) return undefined;
  return {
    code: "TAG_STALE",
    side: "target",
    reference: formatReference(target),
    message: `the tag is not deleted: ${whyNot(now)}`,
    hint: "plan again",
  };
}

function whyNot(now: Change | undefined): string {
  if (now === undefined) return "according to its registries, the manifest no longer deletes it";
  if (now.action === "blocked") return "a rule or its registry makes it immutable";
  return "the manifest declares it, or one of its selectors selects it";
}

/** A tag that is gone needs no delete, which the recheck of the tag detects. */
function isGone(target: Change["target"], snapshot: Snapshot): boolean {
  const facts = createFacts(snapshot);
  const list = facts.listTags(target.repository);
  const isUnlisted = list?.kind === "found" && !list.value.tags.includes(target.tag);
  return isUnlisted || facts.resolve(target, "target")?.kind === "absent";
}
