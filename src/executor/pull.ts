import type { Digest } from "../model/digest.ts";
import { type ErrorDetails, withContext } from "../model/error.ts";
import {
  type NodePuller,
  PULL_OUTCOMES,
  type PullList,
  type PullReport,
  type PullResult,
  type PullTarget,
} from "../model/node-pull.ts";
import type { Cancellable, Clock, Reader } from "../model/ports.ts";
import { formatReference, type Reference } from "../model/reference.ts";
import { inParallel } from "../async/in-parallel.ts";

export type PullImagesOptions = Cancellable & {
  readonly list: PullList;
  readonly puller: NodePuller;
  readonly reader: Pick<Reader, "resolve">;
  readonly clock: Pick<Clock, "monotonic">;
  readonly concurrency: number;
  /** Pulls `NAME@DIGEST`: the node stores the image without its tag. */
  readonly byDigest: boolean;
  readonly onFinished: (result: PullResult) => void;
};

/**
 * Makes sure that the node has these images, and that each matches the digest of its tag; the success of the runtime alone is not enough.
 * Images that are present are not pulled. A failure does not stop other images: its error is in the report.
 */
export async function pullImages(options: PullImagesOptions): Promise<PullReport> {
  const { list, clock, signal, concurrency, onFinished } = options;
  const start = clock.monotonic();
  const results = new Map<PullTarget, PullResult>();
  await inParallel(concurrency, list.targets, async (target) => {
    const result = await pullOne(target, options);
    results.set(target, result);
    onFinished(result);
  });
  const outcomes = { pulled: 0, present: 0, moved: 0, failed: 0, skipped: 0 } satisfies PullReport["outcomes"];
  for (const outcome of PULL_OUTCOMES) {
    outcomes[outcome] = [...results.values()].filter((result) => result.outcome === outcome).length;
  }
  return {
    results: list.targets.flatMap((target) => results.get(target) ?? []),
    outcomes,
    failures: list.failures,
    milliseconds: clock.monotonic() - start,
    interrupted: signal.aborted,
  };
}

type Ending = Pick<PullResult, "outcome"> & { readonly digest?: Digest; readonly error?: ErrorDetails };

async function pullOne(target: PullTarget, options: PullImagesOptions): Promise<PullResult> {
  const { clock, signal } = options;
  const start = clock.monotonic();
  const ending = async (): Promise<Ending> => {
    if (target.digest === undefined) return { outcome: "failed" };
    if (signal.aborted) return { outcome: "skipped" };
    try {
      return await ensure(target, target.digest, options);
    } catch (thrown) {
      if (signal.aborted) return { outcome: "skipped" };
      return { outcome: "failed", error: withTarget(thrown, target) };
    }
  };
  return { ...target, ...(await ending()), milliseconds: clock.monotonic() - start };
}

async function ensure(wanted: PullTarget, digest: Digest, options: PullImagesOptions): Promise<Ending> {
  const { puller, reader, signal, byDigest } = options;
  const { repository, tag } = wanted.target;
  const reference: Reference = byDigest ? { repository, digest } : { repository, tag };
  const before = await puller.findDigests(reference, { signal });
  if (before?.includes(digest) === true) return { outcome: "present" };
  await puller.pull(reference, { signal });
  const after = await puller.findDigests(reference, { signal });
  if (after?.includes(digest) === true) return { outcome: "pulled" };
  const has = after?.at(-1);
  if (has === undefined) return { outcome: "failed", error: nothingThere(reference) };
  const now = await reader.resolve(wanted.target, { signal });
  // the registry decides: either the tag moved, or a mirror served another image
  if (now === undefined || !after?.includes(now.digest)) return { outcome: "failed", error: otherThere(wanted, has) };
  return { outcome: "moved", digest: now.digest, error: moved(wanted, now.digest) };
}

function withTarget(thrown: unknown, { target }: PullTarget): ErrorDetails {
  return withContext(thrown, { side: "target", reference: formatReference(target) }).details;
}

function moved({ target, digest }: PullTarget, now: Digest): ErrorDetails {
  return {
    code: "TAG_STALE",
    side: "target",
    reference: formatReference(target),
    message: `the tag was moved to ${now} while it was being pulled, it was ${digest}; the node has the new image`,
    hint: "pull again, on the other nodes too",
  };
}

function otherThere({ target, digest }: PullTarget, has: Digest): ErrorDetails {
  return {
    code: "CONTENT_MISMATCH",
    side: "target",
    reference: formatReference(target),
    message: `the node has ${has} under this tag, which points at ${digest}`,
    hint: "a mirror or cache of the container runtime may be out of date; --by-digest pulls the image itself",
  };
}

function nothingThere(reference: Reference): ErrorDetails {
  return {
    code: "CONTENT_MISMATCH",
    side: "target",
    reference: formatReference(reference),
    message: "the container runtime reported the image as pulled, but has none with that name",
    hint: "its disk may be full, so that it deletes images right away; pull by hand to see",
  };
}
