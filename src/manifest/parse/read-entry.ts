import type { Reference } from "../../model/reference.ts";
import type { Entry, TagMapping } from "../../model/sync-manifest.ts";
import type { Defaults, Entry as WrittenEntry } from "../../schema/generated/images.ts";
import { hasPlaceholder, knownTemplate } from "../../selectors/tag-template.ts";
import type { ReadEntry } from "./claim.ts";
import { claimsOf } from "./claims-of.ts";
import { readSettings } from "./entry-settings.ts";
import type { FileContext } from "./file-context.ts";
import { listOf } from "./list-of.ts";
import { refuseUnfitLayouts } from "./unfit-layouts.ts";
import type { Path } from "./nodes.ts";
import { isCatalogPattern, readCatalog, readPattern, readRegistryTarget } from "./read-catalog.ts";
import { readMappings } from "./read-mappings.ts";
import { readReference, readTarget } from "./read-reference.ts";
import { isLocalImage } from "./local-image.ts";
import { readTagMapping } from "./read-tag-mapping.ts";

const NOTHING: ReadEntry = { entries: [], claims: [] };

/** Reads one element of `images`: several entries if its targets have different tags, none if it is not valid. */
export function readEntry(
  written: WrittenEntry,
  { path, defaults, context }: { path: Path; defaults: Defaults; context: FileContext },
): ReadEntry {
  const settings = readSettings(written, { path, defaults, context });
  refuseUnfitLayouts(written, settings, path, context);
  if (written.prune === true && !hasSelector(written)) warnOfPrune([...path, "prune"], context);
  const isPattern = isCatalogPattern(written.source);
  const targets = listOf(written.target, [...path, "target"]).map(({ text, path }) => ({
    reference: (isPattern ? readRegistryTarget(text) : undefined) ?? readTarget(text, path, context),
    position: context.positionOf(path),
    path,
  }));
  if (written.tags === undefined && isPattern) {
    context.report([...path, "source"], {
      message: "a pattern over repositories needs `tags`",
      hint: 'write tags: [{ glob: "*" }] for all tags',
    });
    return NOTHING;
  }
  if (written.tags === undefined) {
    return readMappings(written.source, { path, targets, settings, context });
  }
  const sourcePath = [...path, "source"];
  const pattern = isPattern ? readPattern(written.source, sourcePath, context) : undefined;
  const source = isPattern ? pattern?.fixed : readRepository(written.source, sourcePath, context)?.repository;
  for (const target of targets) refuseName(target.reference, target.path, context);
  const tags = written.tags.flatMap((tag, index) => {
    const at = [...path, "tags", index];
    const mapping = readTagMapping(tag, at, context);
    if (mapping !== undefined && settings.engine === "docker") refuseDigests(mapping, at, context);
    return mapping === undefined ? [] : [{ mapping, at }];
  });
  const fit = targets.flatMap(({ reference, position }) =>
    reference === undefined ? [] : [{ repository: reference.repository, position }],
  );
  if (source === undefined || fit.length === 0) return NOTHING;
  const common = { position: context.positionOf(path), tags: tags.map(({ mapping }) => mapping), ...settings };
  if (pattern !== undefined) {
    const catalog = readCatalog(common, pattern, { targets, context });
    return catalog === undefined ? NOTHING : { ...NOTHING, catalogs: [catalog] };
  }
  const entry: Entry = { ...common, source: { kind: "registry", repository: source }, targets: fit };
  const claims = tags.flatMap(({ mapping, at }) =>
    mapping.kind === "literal" ? claimsOf(entry, mapping, context.rangeOf(at)) : [],
  );
  return { entries: [entry], claims };
}

function hasSelector({ tags = [] }: WrittenEntry): boolean {
  return tags.some(
    (tag) => typeof tag === "object" && tag !== null && ("glob" in tag || "regex" in tag || "semver" in tag),
  );
}

/** Only if written at the entry itself: a default is meant for other entries. */
function warnOfPrune(path: Path, { report }: FileContext): void {
  report(path, {
    severity: "warning",
    message: "`prune` has no effect here: it deletes what selectors no longer select, and this entry has none",
    hint: "remove prune, or select the tags with semver, glob or regex",
  });
}

/** Docker may rewrite manifests, so the digest is only known after the push. */
function refuseDigests(mapping: TagMapping, at: Path, { report }: FileContext): void {
  const templates = (mapping.kind === "literal" ? mapping.templates : mapping.to) ?? [];
  const bad = templates.find((text) => hasPlaceholder(knownTemplate(text), "digest"));
  if (bad === undefined) return;
  report([...at, "to"], {
    message: `"${bad}" needs the digest at the target, which is unknown until docker has pushed`,
    hint: "leave {digest} out, or use engine: registry",
  });
}

function readRepository(text: string, path: Path, context: FileContext): Reference | undefined {
  if (isLocalImage(text)) {
    context.report(path, {
      message: "a local image cannot have tags",
      hint: "leave out `tags` and write the tag after the name: docker-daemon:NAME:TAG",
    });
    return undefined;
  }
  const reference = readReference(text, path, context);
  return refuseName(reference, path, context) ? undefined : reference;
}

/** With `tags`, a tag or digest here would be redundant or contradictory. */
function refuseName(reference: Reference | undefined, path: Path, { report }: FileContext): boolean {
  const { tag, digest } = reference ?? {};
  if (tag === undefined && digest === undefined) return false;
  const [what, name] = digest === undefined ? ["tag", tag] : ["digest", digest];
  report(path, {
    message: `the ${what} "${name}" cannot be combined with \`tags\``,
    hint: "move it into `tags`, or leave `tags` out",
  });
  return true;
}
