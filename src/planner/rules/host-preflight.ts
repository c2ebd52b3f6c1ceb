import type { ErrorDetails, Side } from "../../model/error.ts";
import { type Change, isMoving } from "../../model/plan.ts";
import type { Finding, Preflight, RepositoryAccess } from "../../model/preflight.ts";
import { formatReference, type Repository } from "../../model/reference.ts";
import type { Facts } from "../facts/facts.ts";
import { withNote } from "./note.ts";
import type { Rule } from "./rule.ts";
import { defined } from "../../model/defined.ts";
import { formatDecimalBytes } from "../../model/size.ts";

/** Errors that a product API may explain: the protocol does not distinguish "not allowed" from "not found". */
const EXPLICABLE: ReadonlySet<ErrorDetails["code"]> = new Set(["DENIED", "UNAUTHENTICATED", "TARGET_NOT_FOUND"]);

/**
 * Applies what a product API reports about a repository. One that cannot be written to is an error before anything is copied, and one that
 * could not be read gets a better reason. Asks only in these two cases.
 */
export const hostPreflight: Rule =
  ({ facts, options: { hasProductApi = () => false } }) =>
  (change) => {
    if (!isMoving(change)) return explain(change, facts, hasProductApi);
    const { repository } = change.target;
    if (!hasProductApi(repository.host)) return change;
    const answer = facts.preflight(repository, "write");
    if (answer === undefined) return undefined;
    return answer.kind === "found" ? applyFindings(change, answer.value) : change;
  };

function applyFindings(change: Change, { findings, maxImageBytes }: Preflight): Change {
  const fatal = findings.find(({ severity }) => severity === "error");
  if (fatal !== undefined) return { ...change, action: "error", error: toError(fatal, change, "target") };
  if (maxImageBytes !== undefined && (change.bytes ?? 0) > maxImageBytes) {
    const message = `the image has ${formatDecimalBytes(change.bytes ?? 0)}, and ${change.target.repository.host} accepts at most ${formatDecimalBytes(maxImageBytes)}`;
    return { ...change, action: "error", error: toError({ code: "LIMIT_EXCEEDED", message }, change, "target") };
  }
  return findings.reduce((noted, { message, hint }) => withNote(noted, hint ? `${message}: ${hint}` : message), change);
}

/** Replaces the error of a repository that could not be read, if its registry has a better reason. */
function explain(change: Change, facts: Facts, hasProductApi: (host: string) => boolean): Change | undefined {
  const { error, target, source } = change;
  if (change.action !== "error" || error?.side === undefined || !EXPLICABLE.has(error.code)) return change;
  const place = error.side === "target" ? target.repository : repositoryOf(source);
  if (place === undefined || !hasProductApi(place.host)) return change;
  const access: RepositoryAccess = error.side === "target" ? "write" : "read";
  const answer = facts.preflight(place, access);
  if (answer === undefined) return undefined;
  const fatal =
    answer.kind === "found" ? answer.value.findings.find(({ severity }) => severity === "error") : undefined;
  return fatal === undefined ? change : { ...change, error: toError(fatal, change, error.side) };
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
  return { code, side, reference: formatReference(reference), message, ...defined({ hint }) };
}
