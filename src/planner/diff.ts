import type { Digest } from "../model/digest.ts";
import type { ErrorDetails } from "../model/error.ts";
import type { Change, Mapping } from "../model/plan.ts";
import { formatReference } from "../model/reference.ts";
import type { Answer } from "../model/answer.ts";
import type { Facts, Resolved } from "./facts/facts.ts";
import { formatPositions, type MappingGroup } from "./group.ts";
import { type Desired, isAt } from "./facts/desired.ts";
import { isImageAt } from "./facts/docker-engine.ts";
import { lookAtSource } from "./facts/source.ts";
import { defined } from "../model/defined.ts";

/** Decides about one target tag before any rule: create, none, update, missing or error. Returns undefined if facts are missing. */
export function diff(group: MappingGroup, facts: Facts): Change | undefined {
  if (group.error !== undefined) return errorChange(group, group.error, undefined);
  const observed = facts.resolve(group.target, "target");
  const looks = group.mappings.map((mapping) => lookAtSource(mapping, observed, facts));
  if (observed === undefined) return undefined;
  if (observed.kind === "failed") return errorChange(group, targetError(group, observed.error), undefined);
  const desired = looks.filter((look) => look !== undefined);
  if (desired.length < looks.length) return undefined;
  const at = observed.kind === "found" ? observed.value.digest : null;
  const isPresent = desired.map((look, index) => !mayBeMissing(look, group.mappings[index]));
  const present = desired.filter((_look, index) => isPresent[index]);
  const first = group.mappings.find((_mapping, index) => isPresent[index]);
  if (first === undefined) return { ...common(group, [MISSING]), action: "missing", observed: at };
  // copy from the first source that has the image
  const change = decide(present.length === desired.length ? group : { ...group, first }, present, observed, facts);
  return present.length === desired.length || change === undefined
    ? change
    : { ...change, notes: [...change.notes, MISSING_TOO] };
}

const MISSING = "the source has no such tag, and the entry is optional";
const MISSING_TOO = "another source of it, of an optional entry, has no such tag";

function mayBeMissing(look: Desired, mapping: Mapping | undefined): boolean {
  return mapping?.isOptional === true && look.kind === "failed" && look.isMissingTag === true;
}

function decide(
  group: MappingGroup,
  desired: readonly Desired[],
  observed: Answer<Resolved>,
  facts: Facts,
): Change | undefined {
  const at = observed.kind === "found" ? observed.value.digest : null;
  const failure = desired.find((look) => look.kind === "failed");
  if (failure !== undefined) return errorChange(group, failure.error, at);
  const known = desired.filter((look) => look.kind !== "failed");
  const [first, ...others] = known;
  if (first === undefined) throw new Error("a target without a mapping");
  if (others.some((other) => identityOf(other) !== identityOf(first))) return errorChange(group, conflict(group), at);
  const isThere =
    first.kind === "known" ? isAt(observed, first.wanted) : isImageAt(first, group.target, observed, facts);
  if (isThere === undefined) return undefined;
  if (typeof isThere !== "boolean") return errorChange(group, targetError(group, isThere), at);
  const action = isThere ? "none" : at === null ? "create" : "update";
  if (first.kind === "known") {
    const { sourceDigest, wanted, notes } = first;
    return { ...common(group, notes), action, sourceDigest, wanted, observed: at };
  }
  const { sourceDigest, bytes, notes } = first;
  const size = isThere || bytes === undefined ? {} : { bytes };
  return { ...common(group, isThere ? [] : notes), action, sourceDigest, observed: at, ...size };
}

/** Mappings of one target tag conflict unless their identities are equal. */
function identityOf(desired: Exclude<Desired, { kind: "failed" }>): string {
  return desired.kind === "known" ? desired.wanted : desired.identities.join(" ");
}

function errorChange(group: MappingGroup, error: ErrorDetails, observed: Digest | null | undefined): Change {
  return {
    ...common(group, []),
    action: "error",
    ...defined({ observed }),
    error,
  };
}

function common(group: MappingGroup, notes: readonly string[]) {
  const { first, target, origins, positions, mappings } = group;
  const { engine, platforms, referrers, referrersAt } = first.origin.entry;
  const isLatestImplied = mappings.some((mapping) => mapping.isLatestImplied);
  return {
    source: first.source,
    target,
    origins,
    positions,
    engine,
    platforms,
    referrers,
    ...defined({ referrersAt }),
    notes: [
      ...(isLatestImplied ? ["latest implied"] : []),
      ...(first.lockedTag === undefined ? [] : [`locked as ${first.lockedTag}`]),
      ...notes,
    ],
  };
}

function conflict({ target, positions }: MappingGroup): ErrorDetails {
  return {
    code: "TARGET_CONFLICT",
    side: "target",
    reference: formatReference(target),
    message: `${formatPositions(positions)} map different images to the same tag`,
    hint: "let only one of them write this tag, for example with exclude",
  };
}

function targetError({ target }: MappingGroup, error: ErrorDetails): ErrorDetails {
  return { side: "target", reference: formatReference(target), ...error };
}
