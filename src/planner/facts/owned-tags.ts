import type { Change } from "../../model/plan.ts";
import { isSamePlace } from "../../model/position.ts";
import { formatRepository, isDigestTag, type Repository } from "../../model/reference.ts";
import type { Entry, SelectorMapping, SyncManifest } from "../../model/sync-manifest.ts";
import { select } from "../../selectors/select.ts";
import { sourceTagsOf, unownedShapes } from "../../selectors/selector-names.ts";
import { knownTemplate, templateShape } from "../../selectors/tag-template.ts";

const MAX_DELETES = 10;

export function maxDeletesOf({ maxDeletes = MAX_DELETES }: SyncManifest): number {
  return maxDeletes;
}

/** An entry and its selector that could have created a tag at a target. */
export type Owner = {
  readonly entry: Entry;
  readonly mapping: SelectorMapping;
  /** The source tag that it was created from, which differs if the selector renames. */
  readonly sourceTag: string;
};

/**
 * Returns the owners of each tag of a repository, by inverting the entries' selectors: `match` without `exclude`. `latest` is ignored,
 * because it is what leaves tags behind. Plain tags and renames own only the tags that they declare. A tag has no owner if a selector could
 * have created it from several source tags, or if its name may depend on an image.
 */
export function ownersOf(
  { entries }: SyncManifest,
  repository: Repository,
  tags: readonly string[],
): ReadonlyMap<string, readonly Owner[]> {
  const owners = new Map<string, Owner[]>();
  const concerned = entries.filter((one) => isTarget(one, repository));
  const kept = new Set(concerned.flatMap((entry) => keptByEntry(entry, tags)));
  for (const entry of concerned) {
    for (const mapping of selectorsOf(entry)) {
      const made = tags.map((tag) => ({ tag, sources: sourceTagsOf(mapping, tag) }));
      const chosen = new Set(selected(mapping, [...new Set(made.flatMap(({ sources }) => sources))]));
      for (const { tag, sources } of made) {
        const [sourceTag, ...others] = sources.filter((source) => chosen.has(source));
        if (sourceTag === undefined) continue;
        if (others.length > 0) kept.add(tag);
        owners.set(tag, [...(owners.get(tag) ?? []), { entry, mapping, sourceTag }]);
      }
    }
  }
  for (const tag of kept) owners.delete(tag);
  return owners;
}

/** Whether the manifest reads from a repository. Such a repository is never pruned. */
export function isSource({ entries }: SyncManifest, repository: Repository): boolean {
  const name = formatRepository(repository);
  return entries.some(({ source }) => source.kind === "registry" && formatRepository(source.repository) === name);
}

/** Whether the manifest could have planned a saved delete: only pruning entries own the tag, and no plain tag declares it. */
export function mayPrune(manifest: SyncManifest, { source, target, positions }: Change): boolean {
  const { repository, tag } = target;
  if (isDigestTag(tag) || isSource(manifest, repository)) return false;
  const isDeclared = manifest.entries.some(
    (entry) =>
      isTarget(entry, repository) &&
      entry.tags.some((mapping) => mapping.kind === "literal" && mapping.to.includes(tag)),
  );
  const owners = ownersOf(manifest, repository, [tag]).get(tag) ?? [];
  const tagRead = source.kind === "registry" ? source.reference.tag : undefined;
  return (
    !isDeclared &&
    owners.length > 0 &&
    owners.every(({ entry }) => entry.prune === true) &&
    owners.some(({ sourceTag }) => sourceTag === tagRead) &&
    positions.some((position) => owners.some(({ mapping }) => isSamePlace(position, mapping.position)))
  );
}

/** The selectors of an entry, including those that a lock file replaced. */
export function selectorsOf({ tags, lockedSelectors = [] }: Entry): readonly SelectorMapping[] {
  return [...tags.filter((mapping) => mapping.kind === "selector"), ...lockedSelectors];
}

/** Tags that an entry may have created by a template or as a backup, for this image or an earlier one. They are never pruned. */
function keptByEntry(entry: Entry, tags: readonly string[]): readonly string[] {
  const { tags: mappings, backup } = entry;
  const templates = mappings.flatMap((mapping) => (mapping.kind === "literal" ? (mapping.templates ?? []) : []));
  const shapes = [...templates, ...(backup === undefined ? [] : [backup])].map((text) =>
    templateShape(knownTemplate(text)),
  );
  const all = [...shapes, ...selectorsOf(entry).flatMap(unownedShapes)];
  return tags.filter((tag) => all.some((isOf) => isOf(tag)));
}

function isTarget({ targets }: Entry, repository: Repository): boolean {
  const name = formatRepository(repository);
  return targets.some((target) => formatRepository(target.repository) === name);
}

function selected(mapping: SelectorMapping, tags: readonly string[]): readonly string[] {
  const { kind, position, match, exclude, excludeRegexes = [] } = mapping;
  return select(tags, { kind, position, match, exclude, excludeRegexes }).selected;
}
