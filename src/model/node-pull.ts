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

/** A container runtime of this machine, into which images are pulled before somebody needs them. */
export type NodePuller = {
  /** Whether it can be used at all. @throws ImgsyncError that says why not */
  readonly check: (options: Cancellable) => Promise<void>;
  /**
   * The digests under which its repository knows the image that has this name here; undefined where none has it. More than
   * one where the repository has the same image under several manifests, so that what runs is the same.
   */
  readonly findDigests: (reference: Reference, options: Cancellable) => Promise<readonly Digest[] | undefined>;
  /** The platform is the runtime's to choose: this machine's own. */
  readonly pull: (reference: Reference, options: Cancellable) => Promise<void>;
};

/** A target tag of the manifest and where it points, or why nobody can tell. */
export type PullTarget = {
  readonly target: TagReference;
  readonly positions: readonly Position[];
  readonly digest?: Digest;
  readonly error?: ErrorDetails;
};

/** What a manifest means for a node: its target tags, and parts of it whose tags nobody knows. */
export type PullList = { readonly targets: readonly PullTarget[]; readonly failures: readonly EntryFailure[] };

/** How one image ended. `moved`: it was pulled, and is another one than the tag pointed at when it was looked at. */
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

/** As {@link NodePuller.findDigests}, from all names (`NAME:TAG` and `NAME@DIGEST`) that an image has on a machine. */
export function digestsAmong(names: readonly string[], reference: Reference): readonly Digest[] | undefined {
  // docker leaves out its default host, others do not
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

/** `runtime`: what pulled, as the settings name it. */
export type Pulled = { readonly report: PullReport; readonly runtime: string };
