import type { UploadRate } from "../model/lifetime.ts";
import type { Change, EntryFailure } from "../model/plan.ts";
import { formatRepository, type Repository, type TagReference } from "../model/reference.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { type AgeOptions, holdBack } from "./age.ts";
import { attach } from "./attach.ts";
import { createBackups } from "./backup.ts";
import { consultHosts } from "./consult-hosts.ts";
import { diff } from "./diff.ts";
import { type Expansion, expand } from "./expand.ts";
import { type Facts, WORTH_A_LIST } from "./facts.ts";
import { groupWishes } from "./group.ts";
import { measure } from "./measure.ts";
import { createStrangers } from "./later-platforms.ts";
import { compileOnly } from "./only.ts";
import { withCertainAbsence } from "./certain-absence.ts";
import { applyRules } from "./policy.ts";
import { prune } from "./prune.ts";
import { checkSignatures } from "./signatures.ts";

export type PlanOptions = AgeOptions & {
  /** Globs over `host/repository:tag` of targets; what they do not match is left out. */
  readonly only?: readonly string[];
  /** `only` says what to look at, not what to leave: deletes are planned as without it. */
  readonly isLookOnly?: boolean;
  /** Also read manifests to know sizes where each read counts as a pull. */
  readonly sizes?: boolean;
  /** How fast uploads went to a host; without it, what is assumed. */
  readonly rateOf?: (host: string) => UploadRate;
  /** Whether a host's own API may tell about its repositories. */
  readonly tellsMore?: (host: string) => boolean;
};

/** One pass over the manifest: what can be decided, with undefined in the place of what needs more facts. */
export type Evaluation = {
  readonly changes: readonly (Change | undefined)[];
  readonly failures: readonly EntryFailure[];
};

/** Decides all that the facts allow and notes, in the facts, what else would have to be known. */
export function evaluate(manifest: SyncManifest, known: Facts, options: PlanOptions): Evaluation {
  const facts = withCertainAbsence(known, manifest.rules);
  const expansion = expand(manifest, facts, { ...options, only: compileOnly(options.only) });
  if (facts.questions().length === 0) askForLists(expansion, facts, options);
  // a list may answer what would otherwise be asked tag by tag
  if (facts.questions().length > 0) return { changes: [], failures: expansion.failures };
  const groups = groupWishes(expansion.wishes);
  const diffs = groups.map((group) => ({ group, change: diff(group, facts) }));
  const decided = diffs.flatMap(({ change }) => (change === undefined ? [] : [change]));
  // while some are undecided there is another pass anyway, and whose tags are whose is not known
  const hasStrangers = decided.length < diffs.length ? () => false : createStrangers(decided);
  const hasMirrors = (host: string): boolean => manifest.registries.get(host)?.mirrors !== undefined;
  const backUp = createBackups(manifest, groups, facts);
  const changes = diffs.map(({ group, change }) => {
    if (change === undefined) return undefined;
    const aged = holdBack(applyRules(manifest.rules, change), group.wishes, facts, options);
    // of what is held back nothing else need be known
    if (aged === undefined) return undefined;
    const kept = backUp(aged, group);
    const ruled = applyRules(manifest.rules, kept ?? aged);
    const sizes = options.sizes ?? false;
    // all ask in one round
    const attached = attach(ruled, facts, { sizes, hasStrangers, hasMirrors });
    const measured = measure(attached ?? ruled, facts, { sizes, rateOf: options.rateOf });
    return attached === undefined || kept === undefined ? undefined : measured;
  });
  const decisions = changes.filter((change) => change !== undefined);
  // what would be written where is known only now, and a plan without a write asks nobody
  const isDecided = decisions.length === changes.length && facts.questions().length === 0;
  if (!isDecided) return { changes, failures: expansion.failures };
  const pruned = prune(manifest, { changes: decisions, failures: expansion.failures, facts, options });
  const all = [...decisions, ...pruned.changes.map((change) => applyRules(manifest.rules, change))];
  const failures = [...expansion.failures, ...pruned.failures];
  if (facts.questions().length > 0) return { changes: all, failures };
  const told = options.tellsMore === undefined ? all : consultHosts(all, facts, options.tellsMore);
  // each may start a program: last, and only for what would be written after all else
  const isTold = facts.questions().length === 0;
  return { changes: isTold ? checkSignatures(told, manifest.entries, facts) : told, failures };
}

type WantedTags = { readonly repository: Repository; readonly tags: Set<string> };

function askForLists({ wishes }: Expansion, facts: Facts, { listsDigests }: PlanOptions): void {
  if (listsDigests === undefined) return;
  const wanted = new Map<string, WantedTags>();
  const note = ({ repository, tag }: TagReference): void => {
    if (!listsDigests(repository.host)) return;
    const key = formatRepository(repository);
    const entry = wanted.get(key) ?? { repository, tags: new Set() };
    wanted.set(key, entry);
    entry.tags.add(tag);
  };
  for (const { source, target } of wishes) {
    note(target);
    if (source.kind !== "registry") continue;
    const { repository, tag, digest } = source.reference;
    if (tag !== undefined && digest === undefined) note({ repository, tag });
  }
  const worthwhile = [...wanted.values()].filter(({ tags }) => tags.size >= WORTH_A_LIST);
  for (const onHost of Map.groupBy(worthwhile, ({ repository }) => repository.host).values()) listOnHost(onHost, facts);
}

/** The first list of a host tells what the host's lists are like: one without digests answers nothing, and no more are read. */
function listOnHost(wanted: readonly WantedTags[], facts: Facts): void {
  const [first] = wanted;
  if (first === undefined) return;
  // a page costs a request, as a look at a tag does
  const answer = facts.listDigests(first.repository, first.tags.size);
  if (answer === undefined) return;
  const isPlain = answer.kind === "found" && answer.value.tags.length > 0 && answer.value.digests === undefined;
  if (!isPlain) for (const { repository, tags } of wanted) facts.listDigests(repository, tags.size);
}
