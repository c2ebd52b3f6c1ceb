import type { ErrorDetails } from "../model/error.ts";
import type { EntryFailure, Origin, Mapping } from "../model/plan.ts";
import { formatReference, formatRepository, isDigestTag, isTag, type Repository } from "../model/reference.ts";
import type { Answer, TagList } from "../model/answer.ts";
import type { Entry, LiteralMapping, SelectorMapping, SyncManifest } from "../model/sync-manifest.ts";
import { catalogFailures } from "./facts/catalogs.ts";
import type { AgeOptions } from "./facts/age.ts";
import type { Facts } from "./facts/facts.ts";
import type { Only } from "./facts/only.ts";
import { type Selection, select } from "../selectors/select.ts";
import { literalFor } from "../selectors/selector-names.ts";
import { nameByTemplate } from "./facts/name-by-template.ts";
import { createIsTooYoung } from "./facts/too-young-tags.ts";
import { defined } from "../model/defined.ts";

/** The desired tags of a manifest, in its order, and the parts whose tags are unknown. */
export type Expansion = { readonly mappings: readonly Mapping[]; readonly failures: readonly EntryFailure[] };

export type ExpandOptions = AgeOptions & { readonly only: Only };

/** Expands entries x targets x tags into mappings. A selector without a known tag list asks for it and yields nothing. */
export function expand(manifest: SyncManifest, facts: Facts, options: ExpandOptions): Expansion {
  const known = { ...options, facts };
  const parts = manifest.entries.flatMap((entry) =>
    entry.tags.map((mapping) =>
      mapping.kind === "literal"
        ? expandLiteral({ entry, mapping }, mapping, known)
        : expandSelector(entry, mapping, known),
    ),
  );
  return {
    mappings: parts.flatMap(({ mappings }) => mappings).filter(({ target }) => options.only.matches(target)),
    failures: [...catalogFailures(manifest), ...parts.flatMap(({ failures }) => failures)],
  };
}

type Known = ExpandOptions & { readonly facts: Facts };

/** `literal` is the mapping itself, or one tag of its selector. */
function expandLiteral(origin: Origin, literal: LiteralMapping, known: Known): Expansion {
  const named = expandTemplates(origin, literal, known);
  const tags = [...literal.to, ...named.tags];
  // a selector's template may produce an invalid tag, which depends on the source tag
  const bad = literal.isChosen === true ? tags.filter((tag) => !isTag(tag) || isDigestTag(tag)) : [];
  const fit = bad.length === 0 ? tags : tags.filter((tag) => !bad.includes(tag));
  const failures = bad.length === 0 ? [] : badNames(origin, literal, bad, known);
  return { mappings: mappingsFor(origin, literal, fit), failures: [...named.failures, ...failures] };
}

function badNames(
  origin: Origin,
  { position, from, lockedTag }: LiteralMapping,
  bad: readonly string[],
  { only }: Known,
): readonly EntryFailure[] {
  const { source, targets } = origin.entry;
  const concerned = targets.map(({ repository }) => repository).filter(only.mayMatch);
  if (source.kind !== "registry" || concerned.length === 0) return [];
  const { repository } = source;
  const reference = formatReference({ repository, tag: lockedTag ?? from.tag ?? "" });
  const common = { origins: [origin], positions: [position], source: repository, targets: concerned };
  return bad.map((tag) => ({ ...common, error: notATag(tag, reference) }));
}

/** Expands the templates whose images are known. Images that cannot be read are failures. */
function expandTemplates(
  origin: Origin,
  { position, from, templates = [], isChosen, isLockedMissing }: LiteralMapping,
  { facts, only }: Known,
): { readonly tags: readonly string[]; readonly failures: readonly EntryFailure[] } {
  const { source, targets, platforms, optional } = origin.entry;
  const concerned = targets.map(({ repository }) => repository).filter(only.mayMatch);
  if (source.kind !== "registry" || concerned.length === 0 || isLockedMissing) return { tags: [], failures: [] };
  const reference = { repository: source.repository, ...from };
  const mayBeMissing = optional && isChosen !== true;
  const found = templates.map((text) => nameByTemplate(text, { reference, platforms }, facts));
  const errors = found.flatMap((one) =>
    one !== undefined && "error" in one && !(mayBeMissing && one.isMissingTag === true) ? [one.error] : [],
  );
  return {
    tags: found.flatMap((one) => (one !== undefined && "tag" in one ? [one.tag] : [])),
    failures: errors.map((error) => ({
      origins: [origin],
      positions: [position],
      source: source.repository,
      targets: concerned,
      error: { side: "source", ...error },
    })),
  };
}

function mappingsFor(origin: Origin, literal: LiteralMapping, to: readonly string[]): readonly Mapping[] {
  const { source, targets, optional } = origin.entry;
  const { from, isLatestImplied, lockedTag, isLockedMissing } = literal;
  const mappingSource: Mapping["source"] =
    source.kind === "registry" ? { kind: "registry", reference: { repository: source.repository, ...from } } : source;
  const locked = lockedTag === undefined ? {} : { lockedTag };
  return targets.flatMap(({ repository }) =>
    to.map((tag) => ({
      origin,
      source: mappingSource,
      target: { repository, tag },
      isLatestImplied,
      ...locked,
      // a chosen tag that is absent was listed but never named by the user, so it is not optional
      ...defined({ isOptional: optional && literal.isChosen !== true ? (true as const) : undefined, isLockedMissing }),
    })),
  );
}

function expandSelector(entry: Entry, mapping: SelectorMapping, { facts, only, ...options }: Known): Expansion {
  const { source, targets } = entry;
  if (source.kind !== "registry") throw new Error("a selector on a local image, which has no list of tags");
  const concerned = targets.map(({ repository }) => repository).filter(only.mayMatch);
  if (concerned.length === 0) return { mappings: [], failures: [] };
  const list = facts.listTags(source.repository);
  if (list === undefined) return { mappings: [], failures: [] };
  const selection =
    list.kind === "found"
      ? select(list.value.tags, mapping, createIsTooYoung(entry, mapping, facts, options))
      : undefined;
  const error = failureOf(list, selection, entry, source.repository);
  if (error !== undefined) {
    const failure = {
      origins: [{ entry, mapping }],
      positions: [mapping.position],
      source: source.repository,
      targets: concerned,
      error,
    };
    return { mappings: [], failures: [failure] };
  }
  // tags that are held back are reported one by one
  const literals = (selection?.shown ?? []).map((tag) => literalFor(mapping, tag));
  const parts = literals.map((literal) => expandLiteral({ entry, mapping }, literal, { ...options, facts, only }));
  return { mappings: parts.flatMap(({ mappings }) => mappings), failures: parts.flatMap(({ failures }) => failures) };
}

function notATag(tag: string, reference: string): ErrorDetails {
  return {
    code: "MANIFEST_INVALID",
    side: "source",
    reference,
    message: `\`to\` makes "${tag}" of it, ${isTag(tag) ? "which stands for a digest" : "which is not a tag"}`,
    hint: "a tag has at most 128 characters and must not have the form of a digest: use another template, or exclude the tag",
  };
}

function failureOf(
  list: Answer<TagList>,
  selection: Selection | undefined,
  { optional }: Entry,
  repository: Repository,
): ErrorDetails | undefined {
  const context = { side: "source", reference: formatRepository(repository) } as const;
  if (list.kind === "failed") return { ...context, ...list.error };
  if (optional || (selection !== undefined && selection.shown.length > 0)) return undefined;
  if (selection === undefined) {
    return {
      ...context,
      code: "SOURCE_NOT_FOUND",
      message: `there is no repository "${context.reference}", so no tags can be selected`,
      hint: "check the name; some registries also answer so when the credentials may not read it",
    };
  }
  return {
    ...context,
    code: "SELECTED_NOTHING",
    message: "the selector matches no tag",
    hint: `${explain(selection)}; if that is fine, set optional: true`,
  };
}

function explain({ stages }: Selection): string {
  const count = (step: string): number => stages.find((stage) => stage.step === step)?.tags.length ?? 0;
  const listed = `the repository has ${count("listed")} tags`;
  return count("match") === 0
    ? `${listed}, none of which matches`
    : `${listed}, ${count("match")} match, all are excluded`;
}
