import type { Digest } from "../../model/digest.ts";
import type { ErrorDetails } from "../../model/error.ts";
import { type Change, type EntryFailure, isMoving, originsOf } from "../../model/plan.ts";
import { formatPosition } from "../../model/position.ts";
import { formatReference, formatRepository, isDigestTag, type Repository } from "../../model/reference.ts";
import type { Entry } from "../../model/sync-manifest.ts";
import { mayBeUnlisted } from "../facts/catalogs.ts";
import { noteForeignImage } from "./foreign-images.ts";
import { compileOnly, type Only } from "../facts/only.ts";
import { sourceEvidence } from "../facts/source-evidence.ts";
import { isSource, maxDeletesOf, type Owner, ownersOf, selectorsOf } from "../facts/owned-tags.ts";
import { select } from "../../selectors/select.ts";
import { createIsTooYoung } from "../facts/too-young-tags.ts";
import type { Added, Addition, RuleInput } from "./rule.ts";

/** The maximum number of other tags that are looked up for shared digests. If there are more, none is looked up. */
const MAX_LOOKS = 200;

/** The input of rules, with every change decided. */
type Planned = Omit<RuleInput, "changes"> & {
  readonly changesOf: (entry: Entry) => readonly Change[];
  readonly changesAt: (repository: Repository) => readonly Change[];
  readonly only: Only;
};

/** The tags of one target repository that may be deleted, with their owners. */
type Candidates = {
  readonly repository: Repository;
  readonly tags: readonly string[];
  readonly owned: ReadonlyMap<string, readonly Owner[]>;
};

const NOTHING: Added = { changes: [], failures: [] };

/**
 * Plans the deletes of entries with `prune`: orphaned tags of their targets that only they could have created. An entry with a failure or
 * an empty selection deletes nothing, and neither does a partial manifest. Missing facts are asked for.
 */
export const prune: Addition = (input) => {
  const { manifest, options } = input;
  const { only, isLookOnly = false } = options;
  const isCut = manifest.isPart === true || (only !== undefined && !isLookOnly);
  if (isCut || manifest.entries.every((entry) => entry.prune !== true)) return NOTHING;
  const planned = indexed(input);
  const whole = new Set(manifest.entries.filter((entry) => entry.prune === true && isWhole(entry, planned)));
  const targets = [...whole].flatMap((entry) => entry.targets.map(({ repository }) => repository));
  const repositories = [...new Map(targets.map((one) => [formatRepository(one), one])).values()];
  const failures: EntryFailure[] = [];
  const all = repositories.flatMap((repository): readonly Candidates[] => {
    if (isSource(manifest, repository) || mayBeUnlisted(manifest, repository) || !planned.only.mayMatch(repository))
      return [];
    const list = planned.facts.listTags(repository);
    if (list?.kind === "failed") failures.push(listFailure(repository, whole, list.error));
    return list?.kind === "found" ? [findCandidates(planned, { repository, tags: list.value.tags, whole })] : [];
  });
  const count = all.reduce((sum, { owned }) => sum + owned.size, 0);
  const most = maxDeletesOf(manifest);
  if (count > most) return { changes: [], failures: [...failures, ...all.flatMap((one) => tooMany(one, count, most))] };
  return { changes: all.flatMap((one) => deletesOf(one, planned)), failures };
};

/** Indexes the changes once, because there may be many entries and repositories. */
function indexed(input: RuleInput): Planned {
  const ofEntry = new Map<Entry, Set<Change>>();
  const atRepository = new Map<string, Change[]>();
  for (const change of input.changes) {
    if (change === undefined) continue;
    for (const { entry } of originsOf(change)) ofEntry.set(entry, (ofEntry.get(entry) ?? new Set()).add(change));
    const name = formatRepository(change.target.repository);
    const there = atRepository.get(name) ?? [];
    atRepository.set(name, there);
    there.push(change);
  }
  return {
    ...input,
    changesOf: (entry) => [...(ofEntry.get(entry) ?? [])],
    changesAt: (repository) => atRepository.get(formatRepository(repository)) ?? [],
    only: compileOnly(input.options.only),
  };
}

/**
 * Whether everything of an entry was planned, and each of its selectors selected a tag that is old enough. A held image of a lock file
 * prevents deletes, because it may be the replacement of an existing tag.
 */
function isWhole(entry: Entry, { changesOf, failures, facts, options }: Planned): boolean {
  const { source, tags } = entry;
  const hasFailed = failures.some(({ origins = [] }) => origins.some((origin) => origin.entry === entry));
  if (source.kind !== "registry" || tags.length === 0 || hasFailed) return false;
  const changes = changesOf(entry);
  if (changes.some(({ action }) => action === "error")) return false;
  const held = changes.filter(({ action }) => action === "held");
  if (entry.lockedSelectors !== undefined && held.some(({ observed }) => observed === null)) return false;
  return tags.every((mapping) => {
    if (mapping.kind === "literal") return true;
    const own = changes.filter((change) => originsOf(change).some((origin) => origin.mapping === mapping));
    if (own.length > 0 && own.every(({ action }) => action === "held")) return false;
    const list = facts.listTags(source.repository);
    const isTooYoung = createIsTooYoung(entry, mapping, facts, options);
    return list?.kind === "found" && select(list.value.tags, mapping, isTooYoung).selected.length > 0;
  });
}

function findCandidates(
  { manifest, changesAt, only }: Planned,
  { repository, tags, whole }: { repository: Repository; tags: readonly string[]; whole: ReadonlySet<Entry> },
): Candidates {
  const declared = new Set(changesAt(repository).map(({ target }) => target.tag));
  const orphaned = tags.filter((tag) => !isDigestTag(tag) && !declared.has(tag) && only.matches({ repository, tag }));
  const owners = ownersOf(manifest, repository, orphaned);
  const owned = new Map([...owners].filter(([, all]) => all.every(({ entry }) => whole.has(entry))));
  return { repository, tags, owned };
}

function deletesOf({ repository, tags, owned }: Candidates, { changesAt, facts, options }: Planned): readonly Change[] {
  if (owned.size === 0) return [];
  const name = formatRepository(repository);
  const kept = new Map<string, Digest>();
  const declared = new Set<string>();
  for (const change of changesAt(repository)) {
    const digest = isMoving(change) ? change.wanted : (change.observed ?? undefined);
    declared.add(change.target.tag);
    if (digest !== undefined) kept.set(change.target.tag, digest);
    if (change.backup !== undefined && change.observed) kept.set(change.backup.tag, change.observed);
  }
  const unrelated = tags.filter((tag) => !declared.has(tag) && !owned.has(tag) && !isDigestTag(tag));
  const isLookedAt = unrelated.length <= MAX_LOOKS;
  for (const tag of isLookedAt ? unrelated : []) {
    const answer = facts.resolve({ repository, tag }, "target");
    if (answer?.kind === "found") kept.set(tag, answer.value.digest);
  }
  const unseen = isLookedAt ? [] : [`${unrelated.length} other tags were not checked for the same digest`];
  const changes = [...owned].flatMap(([tag, owners]): readonly Change[] => {
    const change = toChange({ repository, tag }, owners);
    const answer = facts.resolve(change.target, "target");
    if (answer === undefined || answer.kind === "absent") return [];
    if (answer.kind === "failed") {
      const error = { side: "target" as const, reference: formatReference(change.target), ...answer.error };
      return [{ ...change, action: "error", error }];
    }
    const evidence = sourceEvidence(owners, facts);
    if (evidence === undefined) return [];
    if (evidence !== "justified") return [{ ...change, action: "error", error: evidence }];
    const { digest } = answer.value;
    const sharing = [...kept].filter(([, other]) => other === digest).map(([other]) => other);
    const notes = [
      ...(sharing.length === 0 ? [] : [describeSharing(sharing)]),
      ...unseen,
      ...noteForeignImage(digest, owners, facts),
    ];
    return [{ ...change, observed: digest, notes }];
  });
  const checked = owned.size + (isLookedAt ? unrelated.length : 0);
  return options.isLookOnly === true ? changes : countChecked(changes, { name, checked });
}

/** Notes on the first delete how many tags were checked, because each may cost a request. */
function countChecked(
  changes: readonly Change[],
  { name, checked }: { readonly name: string; readonly checked: number },
): readonly Change[] {
  const deletes = changes.filter(({ action }) => action === "delete");
  const note = `${checked} ${checked === 1 ? "tag" : "tags"} of ${name} checked to delete ${deletes.length}`;
  return changes.map((change) => (change === deletes[0] ? { ...change, notes: [...change.notes, note] } : change));
}

function toChange(target: Change["target"], owners: readonly Owner[]): Change {
  const [first] = owners;
  if (first?.entry.source.kind !== "registry") throw new Error("a selector on a local image");
  const { source, engine, platforms, referrers } = first.entry;
  return {
    action: "delete",
    source: { kind: "registry", reference: { repository: source.repository, tag: first.sourceTag } },
    target,
    origins: owners.map(({ entry, mapping }) => ({ entry, mapping })),
    positions: owners.map(({ mapping }) => mapping.position),
    engine,
    platforms,
    referrers,
    notes: [],
  };
}

function describeSharing(tags: readonly string[]): string {
  const shown = tags.slice(0, 3).join(", ");
  const rest = tags.length > 3 ? ` and ${tags.length - 3} more` : "";
  return `shares its digest with ${shown}${rest}, which stays: a registry that cannot delete a single tag will refuse`;
}

function listFailure(repository: Repository, whole: ReadonlySet<Entry>, error: ErrorDetails): EntryFailure {
  const name = formatRepository(repository);
  const entry = [...whole].find(({ targets }) =>
    targets.some((target) => formatRepository(target.repository) === name),
  );
  if (entry?.source.kind !== "registry") throw new Error("a target without an entry");
  const positions = selectorsOf(entry).map(({ position }) => position);
  return {
    positions,
    source: entry.source.repository,
    targets: [repository],
    error: { side: "target", reference: name, ...error },
  };
}

function tooMany({ repository, owned }: Candidates, count: number, most: number): readonly EntryFailure[] {
  const owners = [...owned.values()].flat();
  const source = owners[0]?.entry.source;
  if (source?.kind !== "registry") return [];
  const positions = [
    ...new Map(owners.map(({ mapping }) => [formatPosition(mapping.position), mapping.position])).values(),
  ];
  const error: ErrorDetails = {
    code: "LIMIT_EXCEEDED",
    side: "target",
    reference: formatRepository(repository),
    message: `${count} tags would be deleted (${owned.size} of them here), but at most ${most} may be: nothing is deleted`,
    hint: `to delete all of them, set maxDeletes: ${count} at the top of images.yaml`,
  };
  return [{ positions, source: source.repository, targets: [repository], error }];
}
