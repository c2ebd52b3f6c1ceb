import { isBelowTarget } from "../../model/catalog.ts";
import { isLayout } from "../../model/layout-name.ts";
import type { Diagnostic } from "../../model/error.ts";
import { isDigest } from "../../model/digest.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import type { Entry } from "../../model/sync-manifest.ts";
import { diagnose, type Finding } from "./source-text.ts";
import type { SyncDocument } from "./sync-document.ts";

/** Finds images without a tag that cannot be kept so. docs/decisions/images-without-a-tag.md */
export function findUnfitDigests(documents: readonly SyncDocument[]): readonly Diagnostic[] {
  const pruned = new Set(
    documents.flatMap(({ entries }) =>
      entries
        .filter(({ prune }) => prune === true)
        .flatMap(({ targets }) => targets.map(({ repository }) => formatRepository(repository))),
    ),
  );
  const patterns = documents.flatMap(({ catalogs }) => catalogs.filter(({ entry }) => entry.prune === true));
  const isPruned = (repository: Repository): boolean =>
    pruned.has(formatRepository(repository)) || patterns.some((pattern) => isBelowTarget(pattern, repository));
  return documents.flatMap(({ source, entries, catalogs }) =>
    [...entries, ...catalogs.map((catalog) => catalog.entry)].flatMap((entry) =>
      entry.tags.flatMap((mapping) => {
        if (mapping.kind !== "literal" || !mapping.to.some((tag) => isDigest(tag))) return [];
        const finding = problemOf(entry, isPruned);
        if (finding === undefined) return [];
        const { line, column } = mapping.position;
        const start = (source.lineStarts[line - 1] ?? 0) + column - 1;
        return [diagnose(source, [start, start + 1], finding)];
      }),
    ),
  );
}

function problemOf(
  { engine, platforms, targets }: Entry,
  isPruned: (repository: Repository) => boolean,
): Finding | undefined {
  if (engine === "docker")
    return { message: "docker cannot push an image without a tag", hint: "name a tag, or use engine: registry" };
  if (platforms !== "all")
    return {
      message: "an image without a tag keeps its digest, and a part of its platforms has another one",
      hint: "name a tag, or copy all platforms",
    };
  if (targets.some(({ repository }) => isLayout(repository)))
    return { message: "an OCI layout has no images without a tag", hint: "name a tag" };
  const shared = targets.find(({ repository }) => isPruned(repository));
  if (shared === undefined) return undefined;
  return {
    message: `an entry with \`prune\` deletes tags in "${formatRepository(shared.repository)}", and at some registries also images without a tag`,
    hint: "name a tag, or use another repository",
  };
}
