import { createSingleFlight } from "../async/single-flight.ts";
import type { AbsenceReason } from "../model/answer.ts";
import type { Descriptor } from "../model/descriptor.ts";
import { isLayout } from "../model/layout-name.ts";
import type { Cancellable, Reader } from "../model/ports.ts";
import { formatRepository, isDigestTag, type Reference, type Repository } from "../model/reference.ts";
import type { Question } from "../model/snapshot.ts";
import type { LookAtTarget } from "./look-at-target.ts";

/** For fewer tags, looking at each costs no more than the list that replaces the looks. */
const WORTH_A_LIST = 3;

/** Target repositories that have no tags yet, found with two requests each in place of one for every tag. */
export type EmptyTargets = {
  /** Looks up a tag, or knows from its repository that it is absent. */
  readonly look: LookAtTarget;
  /** Whether the repository is proven to have no tags. False if that is not known, or is not worth finding out. */
  readonly isEmpty: (repository: Repository, options: Cancellable) => Promise<boolean>;
  /** Starts to find out, so that nothing waits for it later. */
  readonly begin: (options: Cancellable) => readonly (() => Promise<void>)[];
};

/** `found` answers the other tags of the repository at once: they are many, and waiting together costs about as much as the rest of a look. */
type Probe = { readonly key: string; readonly reference: Reference; found?: Found };
type Found = { readonly tag: string | undefined; readonly at: Descriptor | undefined; readonly isEmpty: boolean };

/**
 * Looks at one tag of each repository first. If HEAD says that it is absent, the repository's list is read once: the registry's own answer
 * that it does not know the repository, or a complete list without a tag, proves that no other tag is there. Anything else proves nothing,
 * and every tag is looked up. docs/decisions/fewer-first-requests.md
 */
export function createEmptyTargets(
  questions: readonly Question[],
  look: LookAtTarget,
  reader: Pick<Reader, "listTags">,
): EmptyTargets {
  const probes = findProbes(questions);
  const finds = createSingleFlight<Found>({ keepsResults: true, isLasting: () => true });

  const find = (probe: Probe, signal: AbortSignal): Promise<Found> =>
    finds(probe.key, signal, async (own) => {
      const { tag, repository } = probe.reference;
      const at = await look(probe.reference, { signal: own });
      const isEmpty = at === undefined && (await hasNoTags(repository, reader, { signal: own }));
      probe.found = { tag, at, isEmpty };
      return probe.found;
    });

  return {
    look: async (reference, options) => {
      const { repository, tag, digest } = reference;
      const probe = digest === undefined ? probes.get(formatRepository(repository)) : undefined;
      if (probe === undefined) return look(reference, options);
      const isProbe = probe.reference.tag === tag;
      const asked = (): Promise<Found | undefined> =>
        find(probe, options.signal).catch((thrown: unknown) => {
          if (isProbe || options.signal.aborted) throw thrown;
          return undefined;
        });
      const found = probe.found ?? (await asked());
      if (found?.isEmpty === true) return undefined;
      return found !== undefined && isProbe ? found.at : look(reference, options);
    },
    isEmpty: async (repository, { signal }) => {
      const probe = probes.get(formatRepository(repository));
      if (probe === undefined) return false;
      if (probe.found !== undefined) return probe.found.isEmpty;
      return find(probe, signal).then(
        ({ isEmpty }) => isEmpty,
        () => false,
      );
    },
    begin: ({ signal }) =>
      [...probes.values()].map((probe) => async () => {
        // whoever needs the answer gets the failure
        await find(probe, signal).catch(() => undefined);
      }),
  };
}

/** One tag of each target repository with enough tags in question. */
function findProbes(questions: readonly Question[]): ReadonlyMap<string, Probe> {
  const counts = new Map<string, { readonly reference: Reference; count: number }>();
  for (const question of questions) {
    if (question.kind !== "resolve" || question.side !== "target") continue;
    const { repository, tag, digest } = question.reference;
    if (tag === undefined || digest !== undefined || isDigestTag(tag) || isLayout(repository)) continue;
    const key = formatRepository(repository);
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { reference: question.reference, count: 1 });
    else known.count += 1;
  }
  const worthwhile = [...counts].filter(([, { count }]) => count >= WORTH_A_LIST);
  return new Map(worthwhile.map(([key, { reference }]) => [key, { key, reference }]));
}

async function hasNoTags(
  repository: Repository,
  reader: Pick<Reader, "listTags">,
  { signal }: Cancellable,
): Promise<boolean> {
  let reason: AbsenceReason | undefined;
  try {
    const list = await reader.listTags(repository, { signal, onAbsent: (said) => void (reason = said) });
    if (list === undefined) return reason?.isOfRepository === true;
    return list.tags.length === 0 && list.skipped === 0 && list.isPartial !== true;
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return false;
  }
}
