import { formatRepository, type Repository } from "../model/reference.ts";
import type { Catalog, Entry, SyncManifest } from "../model/sync-manifest.ts";
import { defined } from "../model/defined.ts";
import { compileGlobs } from "../selectors/glob.ts";
import { createMayName } from "../selectors/selector-names.ts";

/** The difference between a newer and an older manifest. */
export type ManifestChange = {
  /** The newer manifest, reduced to entries whose plan may have changed. */
  readonly manifest: SyncManifest;
  /** Orphaned target tags, or whole target repositories of selectors (`HOST/PATH:*`) or of patterns (`HOST/PATH/**:*`). */
  readonly orphaned: readonly string[];
};

/**
 * Reduces a manifest to what changed: entries with different settings (including defaults), entries under a changed rule or registry, and
 * entries that share a target repository with one of them, because two entries may want the same tag.
 */
export function findChanged(now: SyncManifest, before: SyncManifest | undefined): ManifestChange {
  if (before === undefined) return { manifest: now, orphaned: [] };
  const known = new Set(before.entries.map(textOf));
  const touched = touchedBy(now, before);
  const knownPatterns = new Set((before.catalogs ?? []).map(textOf));
  const changedPatterns = (now.catalogs ?? []).filter(
    (catalog) => !knownPatterns.has(textOf(catalog)) || repositoriesOf(catalog.entry).some(touched),
  );
  const changed = now.entries.filter((entry) => !known.has(textOf(entry)) || repositoriesOf(entry).some(touched));
  const targets = new Set(changed.flatMap(targetsOf));
  const entries = now.entries.filter((entry) =>
    targetsOf(entry).some((target) => targets.has(target) || changedPatterns.some((one) => isBelow(target, one))),
  );
  const catalogs = now.catalogs?.filter(
    (catalog) => changedPatterns.includes(catalog) || [...targets].some((target) => isBelow(target, catalog)),
  );
  return {
    manifest: { ...now, entries, ...defined({ catalogs }), isPart: true },
    orphaned: findOrphaned(now, before),
  };
}

/** Returns whether a changed rule, registry or prefix applies to a repository. */
function touchedBy(now: SyncManifest, before: SyncManifest): (repository: Repository) => boolean {
  const rules = differing(now.rules.map(pairOf), before.rules.map(pairOf));
  const matchers = rules.map(({ repositories }) => compileGlobs(repositories));
  const hosts = new Set(
    differing([...now.registries].map(pairOf), [...before.registries].map(pairOf)).map(([host]) => host),
  );
  const prefixes = differing([...(now.prefixAuth ?? [])].map(pairOf), [...(before.prefixAuth ?? [])].map(pairOf));
  return (repository) => {
    const name = formatRepository(repository);
    return (
      hosts.has(repository.host) ||
      matchers.some((matches) => matches(name)) ||
      prefixes.some(([prefix]) => name === prefix || name.startsWith(`${prefix}/`))
    );
  };
}

type Pair<T> = readonly [text: string, value: T];

function pairOf<T>(value: T): Pair<T> {
  return [textOf(value), value];
}

/** Returns the values that only one side has. */
function differing<T>(one: readonly Pair<T>[], other: readonly Pair<T>[]): readonly T[] {
  const ones = new Set(one.map(([text]) => text));
  const others = new Set(other.map(([text]) => text));
  const left = [...one.filter(([text]) => !others.has(text)), ...other.filter(([text]) => !ones.has(text))];
  return left.map(([, value]) => value);
}

function findOrphaned(now: SyncManifest, before: SyncManifest): readonly string[] {
  const targets = new Set(now.entries.flatMap(targetsOf));
  const literal = new Set(now.entries.flatMap(literalTargets));
  const isSelected = createIsSelected(now);
  const lost = before.entries.flatMap((entry) => [
    ...literalTargets(entry).filter((target) => !literal.has(target) && !isSelected(target)),
    ...(entry.tags.some(({ kind }) => kind === "selector") ? targetsOf(entry) : [])
      .filter((target) => !targets.has(target))
      .map((target) => `${target}:*`),
  ]);
  const kept = new Set((now.catalogs ?? []).flatMap(({ entry }) => targetsOf(entry)));
  const lostPatterns = (before.catalogs ?? [])
    .flatMap(({ entry }) => targetsOf(entry))
    .filter((target) => !kept.has(target))
    .map((target) => `${target}/**:*`);
  return [...new Set([...lost, ...lostPatterns])].toSorted();
}

/** Whether a pattern may write to a target repository. */
function isBelow(target: string, { entry }: Catalog): boolean {
  return targetsOf(entry).some((top) => target === top || target.startsWith(`${top}/`));
}

/** Returns a test for `HOST/PATH:TAG` that a selector may create. */
function createIsSelected({ entries }: SyncManifest): (target: string) => boolean {
  const selectors = entries.flatMap((entry) => {
    const own = entry.tags.filter(({ kind }) => kind === "selector");
    return own.length === 0 ? [] : targetsOf(entry).map((repository) => ({ repository, own }));
  });
  const byRepository = Map.groupBy(selectors, ({ repository }) => repository);
  const mayName = createMayName();
  return (target) => {
    const colon = target.lastIndexOf(":");
    const found = byRepository.get(target.slice(0, colon)) ?? [];
    return found.some(({ own }) => own.some((mapping) => mayName(mapping, target.slice(colon + 1))));
  };
}

function literalTargets(entry: Entry): readonly string[] {
  const tags = entry.tags.flatMap((mapping) => (mapping.kind === "literal" ? mapping.to : []));
  return targetsOf(entry).flatMap((target) => tags.map((tag) => `${target}:${tag}`));
}

function targetsOf({ targets }: Entry): readonly string[] {
  return targets.map(({ repository }) => formatRepository(repository));
}

function repositoriesOf({ source, targets, referrersAt = {} }: Entry): readonly Repository[] {
  const places = [referrersAt.source, referrersAt.target].filter((place) => place !== undefined);
  const own = [...targets.map(({ repository }) => repository), ...places];
  return source.kind === "registry" ? [...own, source.repository] : own;
}

/** Serialises a value without its positions. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => (key === "position" ? undefined : part));
}
