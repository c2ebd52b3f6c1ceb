import { formatRepository, type Repository, type TagReference } from "../model/reference.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { withCertainAbsence } from "./certain-absence.ts";
import { diff } from "./diff.ts";
import { type Expansion, expand } from "./expand.ts";
import { type Facts, WORTH_A_LIST } from "./facts/facts.ts";
import { groupMappings } from "./group.ts";
import { compileOnly } from "./facts/only.ts";
import type { PlanOptions } from "./facts/plan-options.ts";
import { towards } from "./facts/towards.ts";
import { type Ruled, runRules } from "./rules/run.ts";

/** Decides everything that the facts allow. Questions that remain are noted in the facts. */
export function evaluate(manifest: SyncManifest, known: Facts, options: PlanOptions): Ruled {
  const facts = withCertainAbsence(known, manifest.rules);
  const { mappings, failures } = expand(manifest, facts, { ...options, only: compileOnly(options.only) });
  if (facts.questions().length === 0) askForLists(mappings, facts, options);
  // a list may answer what would otherwise be asked tag by tag
  if (facts.questions().length > 0) return { changes: [], failures };
  const changes = groupMappings(mappings).map((group) => diff(group, towards(group.target, facts, options)));
  return runRules("made", { manifest, facts, options, mappings, failures, changes });
}

type WantedTags = { readonly repository: Repository; readonly tags: Set<string> };

function askForLists(mappings: Expansion["mappings"], facts: Facts, { listsDigests }: PlanOptions): void {
  if (listsDigests === undefined) return;
  const wanted = new Map<string, WantedTags>();
  const hosts = new Map<string, boolean>();
  const note = ({ repository, tag }: TagReference): void => {
    const { host } = repository;
    if (!hosts.has(host)) hosts.set(host, listsDigests(host));
    if (hosts.get(host) !== true) return;
    const key = formatRepository(repository);
    const entry = wanted.get(key) ?? { repository, tags: new Set() };
    wanted.set(key, entry);
    entry.tags.add(tag);
  };
  for (const { source, target } of mappings) {
    note(target);
    if (source.kind !== "registry") continue;
    const { repository, tag, digest } = source.reference;
    if (tag !== undefined && digest === undefined) note({ repository, tag });
  }
  const worthwhile = [...wanted.values()].filter(({ tags }) => tags.size >= WORTH_A_LIST);
  for (const onHost of Map.groupBy(worthwhile, ({ repository }) => repository.host).values()) listOnHost(onHost, facts);
}

/** The first list of a host is representative: if it has no digests, lists of this host answer nothing, and no more are read. */
function listOnHost(wanted: readonly WantedTags[], facts: Facts): void {
  const [first] = wanted;
  if (first === undefined) return;
  // a page costs one request, like a look at a tag
  const answer = facts.listDigests(first.repository, first.tags.size);
  if (answer === undefined) return;
  const isPlain = answer.kind === "found" && answer.value.tags.length > 0 && answer.value.digests === undefined;
  if (!isPlain) for (const { repository, tags } of wanted) facts.listDigests(repository, tags.size);
}
