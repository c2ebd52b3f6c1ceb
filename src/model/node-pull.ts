import type { Digest } from "./digest.ts";
import type { ErrorDetails } from "./error.ts";
import type { EntryFailure } from "./plan.ts";
import type { Cancellable } from "./ports.ts";
import type { Position } from "./position.ts";
import {
  formatReference,
  formatRepository,
  isProblem,
  parseReference,
  type Reference,
  type TagReference,
} from "./reference.ts";

/** A container runtime of this machine, into which images are pulled in advance. */
export type NodePuller = {
  /** Checks that the runtime is usable. @throws ImgsyncError if it is not */
  readonly check: (options: Cancellable) => Promise<void>;
  /**
   * Returns the repository's digests of the local image with this name, or undefined if there is no such image. A repository may have the
   * same image under several manifests, hence several digests.
   */
  readonly findDigests: (reference: Reference, options: Cancellable) => Promise<readonly Digest[] | undefined>;
  /** The runtime chooses the platform, which is that of this machine. */
  readonly pull: (reference: Reference, options: Cancellable) => Promise<void>;
};

/** A target tag of the manifest with its digest, or why the digest is unknown. */
export type PullTarget = {
  readonly target: TagReference;
  readonly positions: readonly Position[];
  readonly digest?: Digest;
  readonly error?: ErrorDetails;
};

/** The target tags of a manifest, and the parts of it whose tags are unknown. */
export type PullList = { readonly targets: readonly PullTarget[]; readonly failures: readonly EntryFailure[] };

/** The result of one image. `moved`: the tag moved before the pull, so another image was pulled. */
export const PULL_OUTCOMES = ["pulled", "present", "moved", "failed", "skipped"] as const;
export type PullOutcome = (typeof PULL_OUTCOMES)[number];

export type PullResult = PullTarget & {
  readonly outcome: PullOutcome;
  readonly milliseconds: number;
};

export type PullReport = {
  /** In the order of the manifest. */
  readonly results: readonly PullResult[];
  readonly outcomes: Readonly<Record<PullOutcome, number>>;
  readonly failures: readonly EntryFailure[];
  readonly milliseconds: number;
  readonly interrupted: boolean;
};

/** Implements {@link NodePuller.findDigests} for all local names of an image (`NAME:TAG` and `NAME@DIGEST`). */
export function digestsAmong(names: readonly string[], reference: Reference): readonly Digest[] | undefined {
  // docker omits its default host, other runtimes do not
  const known = names.flatMap((text): readonly Reference[] => {
    const name = parseReference(text);
    return isProblem(name) ? [] : [name];
  });
  const wanted = formatReference(reference);
  if (!known.some((name) => formatReference(name) === wanted)) return undefined;
  const repository = formatRepository(reference.repository);
  return known.flatMap(({ repository: one, digest }) =>
    digest === undefined || formatRepository(one) !== repository ? [] : [digest],
  );
}

/** `runtime` is the name of the runtime that pulled, as in the settings. */
export type Pulled = { readonly report: PullReport; readonly runtime: string };
