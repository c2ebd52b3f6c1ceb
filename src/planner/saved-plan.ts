import { ATTACHMENT_SUFFIXES, digestTag } from "../model/attachment.ts";
import type { ErrorDetails } from "../model/error.ts";
import { type Change, entriesOf, isMoving, type Origin, originsOf, type Plan } from "../model/plan.ts";
import { formatPlatform } from "../model/platform.ts";
import { formatPosition } from "../model/position.ts";
import { formatReference, formatRepository } from "../model/reference.ts";
import type { Entry, LiteralMapping, ReferrersAt, SyncManifest } from "../model/sync-manifest.ts";
import { needsDocker } from "./facts/docker-engine.ts";
import { maxDeletesOf, mayPrune } from "./facts/owned-tags.ts";
import { withOrigins } from "./origins.ts";
import { ruleInputOf } from "./recheck.ts";
import { runRules } from "./rules/run.ts";
import { createMaySelect, type MaySelect } from "../selectors/select.ts";
import { literalFor } from "../selectors/selector-names.ts";
import { fillTemplate, knownTemplate, templateShape } from "../selectors/tag-template.ts";

/**
 * Returns why a saved plan must not be applied with this manifest; empty if it may. A plan is a file that may have been edited: changes
 * that the manifest does not declare or its rules forbid are found here, before the first write.
 */
export function checkSavedPlan(plan: Plan, manifest: SyncManifest): readonly ErrorDetails[] {
  if (plan.manifestHash !== manifest.hash) return [outdated(plan, manifest)];
  const { changes } = withOrigins(plan, manifest);
  const ruled = runRules("read", ruleInputOf(changes, manifest)).changes;
  const maySelect = createMaySelect();
  return [
    ...repeatedTargets(plan.changes),
    ...deleteLimit(plan, manifest),
    ...changes.flatMap((change, at) => problemsOf(change, ruled[at], { manifest, maySelect })),
  ];
}

/** `ruled`: the change after the rules. */
function problemsOf(
  change: Change,
  ruled: Change | undefined,
  { manifest, maySelect }: { readonly manifest: SyncManifest; readonly maySelect: MaySelect },
): readonly ErrorDetails[] {
  const isDelete = isDeletion(change) && mayPrune(manifest, change);
  const isDeclared =
    isDelete || (change.action !== "delete" && originsOf(change).some((origin) => isFrom(origin, change, maySelect)));
  if (!isDeclared) return [refused(change, "this change is not in the manifest")];
  const problem = digestProblem(change) ?? backupProblem(change);
  if (problem !== undefined) return [refused(change, problem)];
  if (ruled?.action !== "blocked" || change.action === "blocked") return [];
  const where = ruled.block?.kind === "rule" ? ` (${formatPosition(ruled.block.position)})` : "";
  return [refused(change, `the plan moves a tag that a rule makes immutable${where}`)];
}

/** A delete, or the result of a planned delete. */
function isDeletion({ action, wanted }: Change): boolean {
  return action === "delete" || ((action === "blocked" || action === "error") && wanted === undefined);
}

function deleteLimit({ changes }: Plan, manifest: SyncManifest): readonly ErrorDetails[] {
  const deletes = changes.filter(({ action }) => action === "delete");
  const [first] = deletes;
  const most = maxDeletesOf(manifest);
  if (first === undefined || deletes.length <= most) return [];
  return [refused(first, `the plan deletes ${deletes.length} tags, and the manifest allows ${most}`)];
}

/** Without its backup, an update would lose an image that the manifest keeps. Any other backup tag could overwrite an unrelated tag. */
function backupProblem(change: Change): string | undefined {
  const { action, target, observed, backup } = change;
  if (action !== "update" || !observed) return undefined;
  const template = entriesOf(change).find((entry) => entry.backup !== undefined)?.backup;
  const tag =
    template === undefined ? undefined : fillTemplate(knownTemplate(template), { tag: target.tag, digest: observed });
  return tag === backup?.tag ? undefined : "the backup is not the one that the manifest declares";
}

function isFrom({ entry, mapping }: Origin, change: Change, maySelect: MaySelect): boolean {
  return (
    entry.engine === change.engine &&
    entry.referrers === change.referrers &&
    placesText(entry.referrersAt) === placesText(change.referrersAt) &&
    platformsText(entry.platforms) === platformsText(change.platforms) &&
    mappingsSource({ entry, mapping }, change, maySelect)
  );
}

function mappingsSource({ entry: { source }, mapping }: Origin, change: Change, maySelect: MaySelect): boolean {
  if (source.kind === "docker-daemon" || change.source.kind === "docker-daemon") {
    const isSame =
      source.kind === "docker-daemon" && change.source.kind === "docker-daemon" && source.image === change.source.image;
    return isSame && mapping.kind === "literal" && mapping.to.includes(change.target.tag);
  }
  const { repository, tag, digest } = change.source.reference;
  if (formatRepository(repository) !== formatRepository(source.repository)) return false;
  if (mapping.kind === "literal")
    return mapping.from.tag === tag && mapping.from.digest === digest && isNamedBy(mapping, change);
  return (
    digest === undefined && tag !== undefined && maySelect(mapping, tag) && isNamedBy(literalFor(mapping, tag), change)
  );
}

/** The build date of an image is not looked up again: any date matches. */
function isNamedBy({ to, templates = [] }: LiteralMapping, { target, wanted }: Change): boolean {
  const values = wanted === undefined ? {} : { digest: wanted };
  return to.includes(target.tag) || templates.some((text) => templateShape(knownTemplate(text), values)(target.tag));
}

/** Checks that the digests of a change are consistent, because its report is based on them. */
function digestProblem(change: Change): string | undefined {
  const { action, source, sourceDigest, wanted, observed, platforms } = change;
  if (action === "delete") {
    const isKnown = observed !== undefined && observed !== null && wanted === undefined;
    return isKnown ? undefined : "the digest of the tag to delete is missing";
  }
  if (!isMoving(change)) return undefined;
  const attached = attachmentProblem(change);
  if (attached !== undefined) return attached;
  if (sourceDigest === undefined || (wanted === undefined && !needsDocker(change)))
    return "the digests of the source and of the target are missing";
  if (wanted !== undefined && needsDocker(change)) return "the digest that docker will push cannot be known in advance";
  if (action === "create" && observed !== null) return "a tag that is created must not have been there";
  if (action === "update" && (observed === null || observed === undefined || observed === wanted)) {
    return "a tag that is updated must have pointed at something else";
  }
  if (action === "attach" && observed !== wanted) return "the image to attach to must exist at the target";
  const pin = source.kind === "registry" ? source.reference.digest : undefined;
  if (pin !== undefined && pin !== sourceDigest) return "the source is not at the digest that the manifest pins";
  if (platforms === "all" && !needsDocker(change) && wanted !== sourceDigest) {
    return "the whole image is mapped, but its digest at the target differs from that at the source";
  }
  return undefined;
}

/** A tag that is not made of its subject's digest could be any tag of the target, and would bypass the rules. */
function attachmentProblem({ action, referrers, attachments = [] }: Change): string | undefined {
  if (attachments.length === 0) return action === "attach" ? "there is nothing to attach" : undefined;
  if (referrers === false || (action === "attach" && referrers !== true))
    return "the manifest does not ask for these attachments";
  const isForeign = attachments.some(
    ({ subject, tag }) =>
      tag !== undefined && !ATTACHMENT_SUFFIXES.some((suffix) => tag === digestTag(subject, suffix)),
  );
  return isForeign ? "an attachment has a tag that does not match its subject" : undefined;
}

function repeatedTargets(changes: readonly Change[]): readonly ErrorDetails[] {
  const seen = new Set<string>();
  return changes.flatMap((change) => {
    const key = formatReference(change.target);
    if (seen.has(key)) return [refused(change, "the plan has this target twice")];
    seen.add(key);
    return [];
  });
}

function placesText({ source, target }: ReferrersAt = {}): string {
  return [source, target].map((place) => (place === undefined ? "" : formatRepository(place))).join(" ");
}

function platformsText(platforms: Entry["platforms"]): string {
  return platforms === "all" ? "all" : platforms.map(formatPlatform).join(" ");
}

function outdated({ manifest: made }: Plan, { name }: SyncManifest): ErrorDetails {
  const code = "PLAN_OUTDATED";
  const again = "plan again, or apply with the files and variables that the plan was made with";
  if (made === undefined) return { code, message: "the plan was made from another manifest", hint: again };
  if (made === name) return { code, message: `the plan was made from another version of "${made}"`, hint: again };
  const message = `the plan was made from "${made}"${name === undefined ? "" : `, and this is "${name}"`}`;
  return { code, message, hint: "apply it with --file and that manifest, or plan again" };
}

function refused(change: Change, message: string): ErrorDetails {
  return {
    code: "PLAN_INVALID",
    side: "target",
    reference: formatReference(change.target),
    message,
    hint: "plan again: a saved plan is applied as it was made, not edited",
  };
}
