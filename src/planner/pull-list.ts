import type { ErrorDetails } from "../model/error.ts";
import { isLayout } from "../model/layout-name.ts";
import type { PullList, PullTarget } from "../model/node-pull.ts";
import type { Mapping } from "../model/plan.ts";
import { formatPosition } from "../model/position.ts";
import { formatReference } from "../model/reference.ts";
import type { Question, Snapshot } from "../model/snapshot.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { ageOver, type AgeOptions, ageCheckOf } from "./facts/age.ts";
import { lookAtTop, missingTag } from "./facts/desired.ts";
import { expand } from "./expand.ts";
import { createFacts, type Facts } from "./facts/facts.ts";
import { compileOnly } from "./facts/only.ts";

export type PullListOptions = AgeOptions & {
  /** Globs over `host/repository:tag` of targets; other targets are left out. */
  readonly only?: readonly string[];
};

/** Returns the open questions: first the lists that selectors need, then where each target tag points. */
export function nextPullQuestions(
  manifest: SyncManifest,
  snapshot: Snapshot,
  options: PullListOptions = {},
): readonly Question[] {
  const facts = createFacts(snapshot);
  evaluate(manifest, facts, options);
  return facts.questions();
}

/** Returns the target tags of a manifest without duplicates, in its order. The snapshot must answer all of `nextPullQuestions`. */
export function makePullList(manifest: SyncManifest, snapshot: Snapshot, options: PullListOptions = {}): PullList {
  const facts = createFacts(snapshot);
  const list = evaluate(manifest, facts, options);
  const open = facts.questions();
  if (open.length > 0) throw new Error(`the snapshot leaves ${open.length} questions open`);
  return list;
}

function evaluate(manifest: SyncManifest, facts: Facts, options: PullListOptions): PullList {
  const { mappings, failures } = expand(manifest, facts, { ...options, only: compileOnly(options.only) });
  const byTarget = Map.groupBy(mappings, ({ target }) => formatReference(target));
  return { targets: [...byTarget.values()].flatMap((group) => lookAt(group, facts, options)), failures };
}

/** Conflicting mappings do not matter here: the tag is pulled as it is. A tag that is held back is not reported as missing. */
function lookAt(mappings: readonly Mapping[], facts: Facts, options: PullListOptions): readonly PullTarget[] {
  const [first] = mappings;
  if (first === undefined) return [];
  const { target } = first;
  const reference = formatReference(target);
  const all = mappings.map(({ origin }) => origin.mapping.position);
  const positions = [...new Map(all.map((position) => [formatPosition(position), position])).values()];
  if (isLayout(target.repository)) return [{ target, positions, error: notPullable(reference) }];
  const answer = facts.resolve(target, "target");
  if (answer === undefined) return [];
  if (answer.kind === "found") return [{ target, positions, digest: answer.value.digest }];
  if (answer.kind === "failed") {
    return [{ target, positions, error: { side: "target", reference, ...answer.error } }];
  }
  if (mappings.some((mapping) => isHeldBack(mapping, facts, options) || isMissing(mapping, facts))) return [];
  const error = {
    code: "TARGET_NOT_FOUND",
    side: "target",
    reference,
    message: `there is no "${reference}" yet`,
    hint: "imgsync apply creates it; some registries also answer so when the credentials may not read it",
  } as const;
  return [{ target, positions, error }];
}

function notPullable(reference: string): ErrorDetails {
  return {
    code: "UNSUPPORTED",
    side: "target",
    reference,
    message: "an OCI layout is a folder, from which a container runtime cannot pull",
    hint: "leave it out with --only, or copy it to a registry",
  };
}

/** Whether the source tag is absent and optional. True while this is unknown, because another pass follows. */
function isMissing({ source, isOptional, isLockedMissing }: Mapping, facts: Facts): boolean {
  if (source.kind !== "registry" || isOptional !== true) return false;
  const top = isLockedMissing === true ? missingTag(source.reference) : lookAtTop(source.reference, facts);
  return top === undefined || (top.kind === "failed" && top.isMissingTag === true);
}

const NEVER = { kind: "absent" } as const;

/** True while this is unknown, because another pass follows. */
function isHeldBack({ source, origin }: Mapping, facts: Facts, options: PullListOptions): boolean {
  const { platforms, minAgeMs, maxAgeMs } = origin.entry;
  if (source.kind !== "registry" || (minAgeMs ?? maxAgeMs) === undefined) return false;
  const top = lookAtTop(source.reference, facts);
  if (top?.kind !== "known") return top === undefined;
  const reference = { repository: source.reference.repository, digest: top.sourceDigest };
  const image = { reference, platforms };
  const ageCheck = minAgeMs === undefined ? NEVER : ageCheckOf({ ...image, minAgeMs }, facts, options);
  const over = maxAgeMs === undefined ? NEVER : ageOver({ ...image, maxAgeMs }, facts, options);
  return ageCheck === undefined || over === undefined || ageCheck.kind === "found" || over.kind === "found";
}
