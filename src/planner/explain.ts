import type { Change, Plan } from "../model/plan.ts";
import { formatPosition, type Position } from "../model/position.ts";
import { formatReference, formatRepository, type Repository, type TagReference } from "../model/reference.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Entry, LiteralMapping, SelectorMapping, SyncManifest } from "../model/sync-manifest.ts";
import type { Explanation, MappingExplanation, MappingOutcome, TargetExplanation } from "../model/tag-explanation.ts";
import { createFacts } from "./facts/facts.ts";
import { nearest } from "../text/nearest.ts";
import { compileRules, type MatchRule } from "./facts/policy.ts";
import { judgeTags } from "../selectors/select.ts";
import { literalFor, sourceTagsOf } from "../selectors/selector-names.ts";
import { createIsTooYoung } from "./facts/too-young-tags.ts";
import { knownTemplate, templateGlob, templateShape } from "../selectors/tag-template.ts";
import { defined } from "../model/defined.ts";

/** Returns the target tags to plan: the tag itself, and the tags that the manifest could create from it. */
function targetsConcerned(manifest: SyncManifest, asked: TagReference): readonly TagReference[] {
  const found = manifest.entries.flatMap((entry) => [
    ...(isTarget(entry, asked.repository) ? [asked] : []),
    ...(isSource(entry, asked.repository) ? entry.tags.flatMap((mapping) => madeOf(entry, mapping, asked.tag)) : []),
  ]);
  return [...new Map(found.map((target) => [formatReference(target), target])).values()];
}

/** Like {@link targetsConcerned}, as patterns. They also cover the tags of templates, whose images are not known yet. */
export function patternsConcerned(manifest: SyncManifest, asked: TagReference): readonly string[] {
  const made = manifest.entries.flatMap((entry) =>
    isSource(entry, asked.repository) ? entry.tags.flatMap((mapping) => madeByTemplate(entry, mapping, asked.tag)) : [],
  );
  return [...new Set([...targetsConcerned(manifest, asked).map(formatReference), ...made])];
}

/** Explains one tag. The plan and the snapshot must be those of {@link patternsConcerned}. */
export function explain(manifest: SyncManifest, asked: TagReference, looked: Looked): Explanation {
  const { plan } = looked;
  const matchRule = compileRules(manifest.rules);
  const mappings = manifest.entries.flatMap((entry) => explainEntry(entry, asked, looked));
  const changes = new Map(plan.changes.map((change) => [formatReference(change.target), change]));
  const concerned = [...targetsConcerned(manifest, asked), ...plan.changes.map(({ target }) => target)];
  const distinct = new Map(concerned.map((target) => [formatReference(target), target]));
  const targets = [...distinct.values()].map((target) => explainTarget(target, matchRule, changes));
  const near = mappings.length === 0 ? nearestEntry(manifest, asked.repository) : undefined;
  return {
    reference: formatReference(asked),
    mappings,
    targets,
    failures: plan.failures ?? [],
    ...defined({ nearest: near }),
  };
}

function explainTarget(
  target: TagReference,
  matchRule: MatchRule,
  changes: ReadonlyMap<string, Change>,
): TargetExplanation {
  const match = matchRule(target);
  const change = changes.get(formatReference(target));
  return {
    target: formatReference(target),
    ...defined({
      rule: match === undefined ? undefined : { position: match.rule.position, pattern: match.pattern },
      change,
    }),
  };
}

/** A plan and its inputs. */
export type Looked = { readonly plan: Plan; readonly snapshot: Snapshot; readonly now: Date };

function explainEntry(entry: Entry, asked: TagReference, looked: Looked): readonly MappingExplanation[] {
  const roles = [
    ...(isTarget(entry, asked.repository) ? (["target"] as const) : []),
    ...(isSource(entry, asked.repository) ? (["source"] as const) : []),
  ];
  const source =
    entry.source.kind === "registry"
      ? formatRepository(entry.source.repository)
      : `docker-daemon:${entry.source.image}`;
  const targets = entry.targets.map(({ repository }) => formatRepository(repository));
  return roles.flatMap((role) =>
    entry.tags.map((mapping): MappingExplanation => {
      const outcome =
        mapping.kind === "literal"
          ? explainLiteral(mapping, role, asked, looked.plan)
          : explainSelector(entry, mapping, { role, asked }, looked);
      return {
        position: mapping.position,
        role,
        source,
        targets,
        mapping,
        outcome: outcomeWhenHeld(mapping, asked, looked.plan) ?? outcome,
      };
    }),
  );
}

function explainLiteral(
  mapping: LiteralMapping,
  role: "source" | "target",
  asked: TagReference,
  plan: Plan,
): MappingOutcome {
  const isNamed =
    role === "target" ? mapping.to.includes(asked.tag) || isMade(mapping, asked, plan) : mapping.from.tag === asked.tag;
  return { kind: isNamed ? "named" : "not-named" };
}

/** Returns why a change of this mapping with the tag as its source or target is held; undefined if there is none. */
function outcomeWhenHeld(
  { position }: LiteralMapping | SelectorMapping,
  asked: TagReference,
  { changes }: Plan,
): MappingOutcome | undefined {
  const name = formatReference(asked);
  const change = changes.find(({ action, source, target, positions }) => {
    const names = [formatReference(target), ...(source.kind === "registry" ? [formatReference(source.reference)] : [])];
    return (
      action === "held" &&
      names.includes(name) &&
      positions.some((at) => formatPosition(at) === formatPosition(position))
    );
  });
  // only minAge says until when
  return change && { kind: change.held === undefined ? "too-old" : "too-young" };
}

type Asked = { readonly role: "source" | "target"; readonly asked: TagReference };

function explainSelector(
  entry: Entry,
  mapping: SelectorMapping,
  { role, asked }: Asked,
  { snapshot, now, plan }: Looked,
): MappingOutcome {
  if (entry.source.kind !== "registry") throw new Error("a selector on a local image, which has no list of tags");
  const list = snapshot.tags.get(formatRepository(entry.source.repository));
  if (list?.kind === "failed") return { kind: "unknown", error: list.error };
  if (list?.kind !== "found") return { kind: "unlisted" };
  const isTooYoung = createIsTooYoung(entry, mapping, createFacts(snapshot), { now });
  const outcomes = judgeTags(list.value.tags, mapping, isTooYoung);
  const names = role === "source" ? [asked.tag] : sourceTagsOf(mapping, asked.tag);
  const found = names.map((name) => outcomes.get(name) ?? ({ kind: "unlisted" } as const));
  if (role === "target" && isMade({ position: mapping.position, templates: mapping.to ?? [] }, asked, plan)) {
    return { kind: "selected" };
  }
  return found.find(({ kind }) => kind === "selected") ?? found[0] ?? { kind: "not-named" };
}

/** Whether a template of the mapping gives this tag to the current image of the source. */
function isMade(
  { position, templates = [] }: Pick<LiteralMapping, "position" | "templates">,
  asked: TagReference,
  { changes }: Plan,
): boolean {
  if (!templates.some((text) => templateShape(knownTemplate(text))(asked.tag))) return false;
  const name = formatReference(asked);
  return changes.some(
    ({ target, positions, action }) =>
      action !== "delete" &&
      formatReference(target) === name &&
      positions.some((at) => formatPosition(at) === formatPosition(position)),
  );
}

function madeByTemplate({ targets }: Entry, mapping: LiteralMapping | SelectorMapping, tag: string): readonly string[] {
  const { from, templates = [] } = mapping.kind === "literal" ? mapping : literalFor(mapping, tag);
  if (from.tag !== tag) return [];
  const globs = templates.map((text) => templateGlob(knownTemplate(text)));
  return targets.flatMap(({ repository }) => globs.map((glob) => `${formatRepository(repository)}:${glob}`));
}

function madeOf({ targets }: Entry, mapping: LiteralMapping | SelectorMapping, tag: string): readonly TagReference[] {
  const { from, to } = mapping.kind === "selector" ? literalFor(mapping, tag) : mapping;
  const names = from.tag === tag ? to : [];
  return targets.flatMap(({ repository }) => names.map((name) => ({ repository, tag: name })));
}

function isTarget({ targets }: Entry, repository: Repository): boolean {
  return targets.some((target) => formatRepository(target.repository) === formatRepository(repository));
}

function isSource({ source }: Entry, repository: Repository): boolean {
  return source.kind === "registry" && formatRepository(source.repository) === formatRepository(repository);
}

function nearestEntry({ entries }: SyncManifest, repository: Repository): Explanation["nearest"] {
  const places = new Map<string, Position>();
  for (const { position, source, targets } of entries) {
    const named = [
      ...(source.kind === "registry" ? [source.repository] : []),
      ...targets.map((target) => target.repository),
    ];
    for (const name of named.map(formatRepository)) if (!places.has(name)) places.set(name, position);
  }
  const name = nearest(formatRepository(repository), [...places.keys()]);
  const position = name === undefined ? undefined : places.get(name);
  return name === undefined || position === undefined ? undefined : { position, repository: name };
}
