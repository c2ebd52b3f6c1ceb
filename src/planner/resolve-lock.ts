import type { Digest } from "../model/digest.ts";
import type { ErrorDetails } from "../model/error.ts";
import { type Lock, type LockedMapping, lockKey, type LockChange } from "../model/lock.ts";
import type { Position } from "../model/position.ts";
import { formatReference } from "../model/reference.ts";
import type { Question, Snapshot } from "../model/snapshot.ts";
import type { SelectorMapping, SyncManifest } from "../model/sync-manifest.ts";
import { createFacts, type Facts } from "./facts/facts.ts";
import { isComplete, type Lockable, lockables } from "../manifest/apply-lock.ts";
import type { Only } from "./facts/only.ts";
import { select } from "../selectors/select.ts";
import { sortTags } from "../selectors/tag-order.ts";

export type ResolvedLock = {
  readonly lock: Lock;
  readonly changes: readonly LockChange[];
  readonly failures: readonly { readonly positions: readonly Position[]; readonly error: ErrorDetails }[];
};

export type LockRequest = {
  readonly manifest: SyncManifest;
  readonly old: Lock;
  /** Source tags that are looked up again although they are locked. */
  readonly refresh: Only;
};

/** Returns the questions that {@link resolveLock} needs answered. */
export function lockQuestions(request: LockRequest, snapshot: Snapshot): readonly Question[] {
  const facts = createFacts(snapshot);
  resolveAll(request, facts);
  return facts.questions();
}

/** Updates a lock for the manifest: locked tags stay unless they are refreshed, and orphaned ones are removed. */
export function resolveLock(request: LockRequest, snapshot: Snapshot): ResolvedLock {
  const found = resolveAll(request, createFacts(snapshot));
  const lock = { locked: found.map(({ locked }) => locked) };
  return { lock, changes: changesOf(request.old, lock), failures: found.flatMap(({ failures }) => failures) };
}

type Found = { readonly locked: LockedMapping; readonly failures: ResolvedLock["failures"] };

function resolveAll({ manifest, old, refresh }: LockRequest, facts: Facts): readonly Found[] {
  const known = byKey(old);
  return lockables(manifest).map((one) => {
    const before = known.get(lockKey(one));
    return resolveOne(one, isComplete(one, before) ? before : undefined, { refresh, facts });
  });
}

function resolveOne(
  one: Lockable,
  before: LockedMapping | undefined,
  { refresh, facts }: { readonly refresh: Only; readonly facts: Facts },
): Found {
  const { repository, source, mapping, tagMapping, optional, positions } = one;
  const failures: ErrorDetails[] = [];
  const tags = new Map<string, Digest>();
  for (const tag of tagsOf(one, before, { refresh, facts, failures })) {
    const kept = refresh.matches({ repository, tag }) ? undefined : before?.tags.get(tag);
    const answer = kept === undefined ? facts.resolve({ repository, tag }, "source") : undefined;
    if (kept !== undefined) tags.set(tag, kept);
    else if (answer?.kind === "found") tags.set(tag, answer.value.digest);
    else if (answer?.kind === "failed") failures.push(answer.error);
    else if (answer !== undefined && !(tagMapping.kind === "literal" && optional))
      failures.push(missing(formatReference({ repository, tag })));
  }
  const context = { side: "source", reference: source } as const;
  return {
    locked: { source, mapping, tags },
    failures: failures.map((error) => ({ positions, error: Object.assign({}, context, error) })),
  };
}

function tagsOf(
  { repository, tagMapping, optional }: Lockable,
  before: LockedMapping | undefined,
  { refresh, facts, failures }: { readonly refresh: Only; readonly facts: Facts; readonly failures: ErrorDetails[] },
): readonly string[] {
  if (tagMapping.kind === "literal") {
    const { tag } = tagMapping.from;
    // locked as missing, and not refreshed
    const isKept = before?.tags.size === 0 && tag !== undefined && !refresh.matches({ repository, tag });
    return tag === undefined || isKept ? [] : [tag];
  }
  const old = [...(before?.tags.keys() ?? [])];
  if (before !== undefined && !refresh.mayMatch(repository)) return old;
  const now = selected(tagMapping, { list: facts.listTags(repository), failures });
  if (now === undefined) return old;
  if (now.length === 0 && !optional) failures.push(selectedNothing());
  if (before === undefined) return now;
  const isLooked = (tag: string): boolean => refresh.matches({ repository, tag });
  // select from both together, because `latest` limits their total
  return select([...old.filter((tag) => !isLooked(tag)), ...now.filter(isLooked)], tagMapping).selected;
}

function selected(
  mapping: SelectorMapping,
  { list, failures }: { readonly list: ReturnType<Facts["listTags"]>; readonly failures: ErrorDetails[] },
): readonly string[] | undefined {
  if (list?.kind === "found") return select(list.value.tags, mapping).selected;
  if (list?.kind === "failed") failures.push(list.error);
  return list?.kind === "absent" ? [] : undefined;
}

/** The differences within each mapping, including mappings that were added or removed. */
function changesOf(before: Lock, now: Lock): readonly LockChange[] {
  const old = byKey(before);
  const fresh = byKey(now);
  const all = new Map([...old, ...fresh]);
  return [...all].flatMap(([key, { source, mapping }]) => {
    const [was, is] = [old.get(key)?.tags, fresh.get(key)?.tags];
    return sortTags(new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])).flatMap((tag) =>
      changeOf({ source, mapping, tag }, was?.get(tag), is?.get(tag)),
    );
  });
}

function byKey({ locked }: Lock): ReadonlyMap<string, LockedMapping> {
  return new Map(locked.map((one) => [lockKey(one), one]));
}

function changeOf(
  place: Pick<LockChange, "source" | "mapping" | "tag">,
  before: Digest | undefined,
  now: Digest | undefined,
): readonly LockChange[] {
  if (before === now) return [];
  if (before === undefined) return now === undefined ? [] : [{ ...place, kind: "added", now }];
  return now === undefined ? [{ ...place, kind: "removed", before }] : [{ ...place, kind: "changed", before, now }];
}

function missing(reference: string): ErrorDetails {
  return {
    code: "SOURCE_NOT_FOUND",
    reference,
    message: `there is no "${reference}"`,
    hint: "check the name and the tag; some registries also answer so when the credentials may not read it",
  };
}

function selectedNothing(): ErrorDetails {
  return {
    code: "SELECTED_NOTHING",
    message: "the selector matches no tag",
    hint: "imgsync explain shows why; if that is fine, set optional: true",
  };
}
