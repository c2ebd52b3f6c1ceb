import type { Digest } from "../../model/digest.ts";
import { ImgsyncError } from "../../model/error.ts";
import { isIndexType } from "../../model/manifest.ts";
import type { LocalImage } from "../../model/local-image.ts";
import type { Change } from "../../model/plan.ts";
import type { Cancellable, Reader } from "../../model/ports.ts";
import { formatReference } from "../../model/reference.ts";
import { RegistryError } from "../../http/error.ts";
import { classifyRefusalText } from "../../registry/immutability.ts";
import type { Logins } from "./logins.ts";
import { isSameImage, lookAtTarget, type TargetImage } from "./target-image.ts";
import type { Phase } from "./transfer-progress.ts";
import type { TransferOptions, Transfers } from "./transfers.ts";

export type PushTools = {
  readonly transfers: Transfers;
  readonly logins: Logins;
  readonly reader: Reader;
  readonly retry: <T>(attempt: () => Promise<T>, signal: AbortSignal) => Promise<T>;
};

export type Push = Cancellable & {
  readonly change: Change;
  readonly image: LocalImage;
  /** All digests by which the target may identify the image. */
  readonly identities: readonly Digest[];
  readonly mustNotMove: boolean;
  readonly folder: TransferOptions["folder"];
  readonly phase: Phase;
};

export type Pushed = { readonly target: TargetImage; readonly notes: readonly string[] };

/**
 * Pushes the local tag with the target's name and verifies that the image arrived. A push with unknown outcome is retried only if the tag
 * has not moved. A push whose credential was refused, perhaps after an hour, is repeated with a new one if its source has one:
 * docker does not send layers again that have arrived.
 * @throws ImgsyncError TAG_IMMUTABLE if the registry refuses to move the tag, TAG_STALE if another client moved it
 */
export async function pushTag(push: Push, tools: PushTools): Promise<Pushed> {
  const { change, identities, mustNotMove, signal, folder, phase } = push;
  const { transfers, logins, reader, retry } = tools;
  const name = formatReference(change.target);
  let isFirst = true;
  const printed = await retry(async () => {
    if (!isFirst) {
      phase.restart();
      const now = await lookAtTarget(change.target, reader, { signal, mustNotMove });
      if (now !== undefined && isSameImage(now, identities)) return now.digest;
      if (now?.digest !== (change.observed ?? undefined)) throw stale(name, now?.digest);
    }
    isFirst = false;
    try {
      const work = {
        repository: change.target.repository,
        bytes: change.bytes,
        hasProgress: phase.meter.hasMoved,
        signal,
      };
      return await logins(work, (credential) =>
        transfers.push(change.target, { credential, folder, onNews: phase.onNews, signal }),
      );
    } catch (thrown) {
      return afterRefusal(push, tools, thrown);
    }
  }, signal);
  const pushed = await verify(push, tools, printed);
  phase.finish();
  return pushed;
}

/** Whatever the refusal says, the push counts as done if the tag has the image: another client wrote it first. */
async function afterRefusal(
  { change, identities, signal }: Push,
  { reader }: PushTools,
  thrown: unknown,
): Promise<Digest> {
  if (!(thrown instanceof RegistryError) || thrown.facts.isRetryable === true) throw thrown;
  const now = await lookAtTarget(change.target, reader, { signal }).catch(() => undefined);
  if (now !== undefined && isSameImage(now, identities)) return now.digest;
  const refusal = classifyRefusalText(thrown.message);
  if (refusal === undefined || now === undefined) throw thrown;
  throw new ImgsyncError(
    {
      code: "TAG_IMMUTABLE",
      side: "target",
      reference: formatReference(change.target),
      message: `${refusal.product} refuses to move the tag: ${thrown.message}`,
      hint: `the tag points at ${now.digest}; use a new tag, or pin that digest`,
    },
    { cause: thrown },
  );
}

/** Docker exits with 0 even if it pushed a different image, so the registry is checked. */
async function verify(
  { change, image, identities, signal }: Push,
  { reader }: PushTools,
  printed: Digest | undefined,
): Promise<Pushed> {
  const reference = formatReference(change.target);
  const target = await lookAtTarget(change.target, reader, { signal });
  if (target === undefined || (printed !== undefined && target.digest !== printed)) {
    const now = target === undefined ? "is not there" : `points at ${target.digest}`;
    throw new ImgsyncError({
      code: "REGISTRY_PROTOCOL",
      side: "target",
      reference,
      message: `docker pushed ${printed ?? "the image"}, but the tag ${now}`,
      hint: "another client may have moved it at the same time: plan again",
    });
  }
  if (isSameImage(target, identities)) return { target, notes: [] };
  // containerd's store pushes the part of an index that it has, and only docker's output says which one
  if (printed !== undefined && isIndexType(image.descriptor?.mediaType ?? "")) {
    return { target, notes: ["docker pushed the part of the index that it has"] };
  }
  throw new ImgsyncError({
    code: "CONTENT_MISMATCH",
    side: "target",
    reference,
    message: `the tag points at ${target.digest} now, which is another image than ${image.id}`,
    hint: "plan again, to see what is there",
  });
}

function stale(reference: string, now: Digest | undefined): ImgsyncError {
  return new ImgsyncError({
    code: "TAG_STALE",
    side: "target",
    reference,
    message:
      now === undefined
        ? "the tag was removed while it was being written"
        : `the tag was moved to ${now} by another client while it was being written`,
    hint: "plan again",
  });
}
