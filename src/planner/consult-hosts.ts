import type { ErrorDetails, Side } from "../model/error.ts";
import { type Change, isMoving, writesBackup } from "../model/plan.ts";
import type { Finding, Preflight, RepositoryAccess } from "../model/preflight.ts";
import { formatReference, formatRepository, type Repository } from "../model/reference.ts";
import type { Answer } from "../model/answer.ts";
import type { Question, Snapshot } from "../model/snapshot.ts";
import { isImmutable, type TagPolicy } from "../model/tag-policy.ts";
import { createFacts, type Facts } from "./facts.ts";
import { blockBackup, movedBackup } from "./policy.ts";

/** What a host may be asked about: only those whose products are known are. */
type TellsMore = (host: string) => boolean;

/** Errors that the registry's own API may explain: the protocol says the same for "may not" and "is not there". */
const EXPLICABLE: ReadonlySet<ErrorDetails["code"]> = new Set(["DENIED", "UNAUTHENTICATED", "TARGET_NOT_FOUND"]);

/**
 * The changes after what registries themselves say: a tag that they keep immutable is blocked, a repository that cannot be
 * written to is an error before anything is copied. Asks only where something would be written, or could not be looked at.
 * Undefined where facts are missing.
 */
export function consultHosts(
  changes: readonly Change[],
  facts: Facts,
  tellsMore: TellsMore,
): readonly (Change | undefined)[] {
  const tags = writtenTags(changes, tellsMore);
  return changes.map((change) => {
    const { repository } = change.target;
    if (!isMoving(change)) return explain(change, facts, tellsMore);
    const written = tags.get(formatRepository(repository));
    if (written === undefined) return change;
    // both ask in one round
    const preflight = facts.preflight(repository, "write");
    const policy = facts.tagPolicy(repository, written);
    if (preflight === undefined || policy === undefined) return undefined;
    const found = preflight.kind === "found" ? applyPreflight(change, preflight.value) : change;
    return found.action === "error" ? found : applyPolicy(found, policyOf(policy, repository));
  });
}

/** The questions of {@link consultHosts} about a plan that was made before. */
export function hostQuestions(
  changes: readonly Change[],
  snapshot: Snapshot,
  tellsMore: TellsMore,
): readonly Question[] {
  const facts = createFacts(snapshot);
  consultHosts(changes, facts, tellsMore);
  return facts.questions();
}

/** Blocks what would move or remove a tag that its registry keeps immutable. A tag that is not there yet may be created. */
function applyPolicy(change: Change, policy: TagPolicy | undefined): Change {
  if (policy === undefined || (change.action !== "update" && change.action !== "delete")) return change;
  const { by, reason = "its tags are immutable", unknown } = policy;
  if (isImmutable(policy, change.target.tag)) {
    const { backup: _, ...rest } = change;
    return { ...rest, action: "blocked", block: { kind: "registry", host: by, message: reason } };
  }
  const moved = movedBackup(change);
  if (moved !== undefined && isImmutable(policy, moved.tag))
    return blockBackup(change, { kind: "registry", host: by, message: reason });
  return unknown === undefined
    ? change
    : withNote(change, `nobody could tell whether the tag is immutable: ${unknown}`);
}

function applyPreflight(change: Change, { findings, maxImageBytes }: Preflight): Change {
  const fatal = findings.find(({ severity }) => severity === "error");
  if (fatal !== undefined) return { ...change, action: "error", error: toError(fatal, change, "target") };
  if (maxImageBytes !== undefined && (change.bytes ?? 0) > maxImageBytes) {
    const message = `the image has ${change.bytes} bytes, and ${change.target.repository.host} takes at most ${maxImageBytes}`;
    return { ...change, action: "error", error: toError({ code: "LIMIT_EXCEEDED", message }, change, "target") };
  }
  return findings.reduce((noted, { message, hint }) => withNote(noted, hint ? `${message}: ${hint}` : message), change);
}

/** The better reason why a repository could not be looked at, where its registry knows one. */
function explain(change: Change, facts: Facts, tellsMore: TellsMore): Change | undefined {
  const { error, target, source } = change;
  if (change.action !== "error" || error?.side === undefined || !EXPLICABLE.has(error.code)) return change;
  const place = error.side === "target" ? target.repository : repositoryOf(source);
  if (place === undefined || !tellsMore(place.host)) return change;
  const access: RepositoryAccess = error.side === "target" ? "write" : "read";
  const answer = facts.preflight(place, access);
  if (answer === undefined) return undefined;
  const fatal =
    answer.kind === "found" ? answer.value.findings.find(({ severity }) => severity === "error") : undefined;
  return fatal === undefined ? change : { ...change, error: toError(fatal, change, error.side) };
}

function writtenTags(changes: readonly Change[], tellsMore: TellsMore): ReadonlyMap<string, readonly string[]> {
  const written = new Map<string, string[]>();
  for (const change of changes.filter(isMoving)) {
    const { repository, tag } = change.target;
    if (!tellsMore(repository.host)) continue;
    const key = formatRepository(repository);
    const tags = written.get(key) ?? [];
    written.set(key, tags);
    tags.push(tag, ...(change.backup !== undefined && writesBackup(change) ? [change.backup.tag] : []));
  }
  return written;
}

function policyOf(answer: Answer<TagPolicy>, { host }: Repository): TagPolicy | undefined {
  if (answer.kind === "failed") return { by: host, immutable: [], unknown: answer.error.message };
  return answer.kind === "found" ? answer.value : undefined;
}

function repositoryOf(source: Change["source"]): Repository | undefined {
  return source.kind === "registry" ? source.reference.repository : undefined;
}

function toError(
  { code, message, hint }: Omit<Finding, "severity">,
  { source, target }: Change,
  side: Side,
): ErrorDetails {
  const reference = side === "target" || source.kind !== "registry" ? target : source.reference;
  return { code, side, reference: formatReference(reference), message, ...(hint === undefined ? {} : { hint }) };
}

/** Once: a plan that was saved has its notes already. */
function withNote(change: Change, note: string): Change {
  return change.notes.includes(note) ? change : { ...change, notes: [...change.notes, note] };
}
