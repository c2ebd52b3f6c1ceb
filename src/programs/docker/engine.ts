import type { Digest } from "../../model/digest.ts";
import { defined } from "../../model/defined.ts";
import { ImgsyncError, withContext } from "../../model/error.ts";
import type { LocalImage } from "../../model/local-image.ts";
import type { Change } from "../../model/plan.ts";
import type { Applied, ApplyOptions, Cancellable, Credentials, Engine, LocalImages } from "../../model/ports.ts";
import { formatReference } from "../../model/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { createSingleFlight } from "../../async/single-flight.ts";
import type { DockerCli } from "./docker-cli.ts";
import { createKeyedLock } from "../../async/keyed-lock.ts";
import { type Before, lookBefore, restore, tagImage } from "./local-tags.ts";
import { readImages, sizesIn } from "./layer-sizes.ts";
import { createLogins, type Logins } from "./logins.ts";
import type { LocalRecord, LocalRecords } from "./local-records.ts";
import type { PrivateFolder } from "./private-folder.ts";
import { createPrivateFolders } from "./private-folders.ts";
import { pushTag } from "./push.ts";
import { checkPulled, findPullSource, type PullSource } from "./source-image.ts";
import { isSameImage, readTarget, type TargetImage } from "./target-image.ts";
import { createTransferProgress, type TransferProgress } from "./transfer-progress.ts";
import { removePulled, takeBackLeftovers, type TakeBackTools } from "./take-back.ts";
import type { Transfers } from "./transfers.ts";

export type DockerEngineOptions = {
  readonly run: DockerCli;
  readonly transfers: Transfers;
  readonly images: LocalImages;
  readonly client: Pick<RegistryClient, "reader" | "retry" | "rate">;
  readonly credentials: Credentials;
  /** What imgsync made in docker, so that a later run can take it back if this one is killed. */
  readonly records: LocalRecords;
  /** Identifies docker and its daemon. */
  readonly placeOf: (signal: AbortSignal) => Promise<string>;
  /** Folders for private files, in order of preference. */
  readonly privateParents: readonly string[];
  /** Keep the local tags that imgsync creates. */
  readonly keepLocal: boolean;
};

/**
 * Pulls, tags and pushes with docker or a replacement. Local tags are restored afterwards. Docker gets only the credentials of each
 * transfer.
 */
export function createDockerEngine(options: DockerEngineOptions): Engine {
  const oneAfterAnother = createKeyedLock();
  const logins = createLogins({ credentials: options.credentials, rate: options.client.rate });
  const inPrivateFolder = createPrivateFolders(options.privateParents);
  const sweeps = createSingleFlight<void>({ keepsResults: true });
  const open = async (signal: AbortSignal): Promise<LocalRecord> => {
    const place = await options.placeOf(signal);
    await sweeps(place, signal, (own) => takeBackLeftovers(options.records, place, { ...options, signal: own }));
    return options.records.open(place);
  };
  return {
    prepare: async () => {},
    // changes of the same image share its local names, and later ones reuse layers that were already pushed
    apply: (change, applying) =>
      oneAfterAnother(change.sourceDigest ?? "", async () => {
        applying.signal.throwIfAborted();
        const record = await open(applying.signal);
        return inPrivateFolder(applying.signal, (folder) =>
          move(change, applying, { ...options, logins, folder, record }),
        );
      }),
  };
}

type MoveOptions = DockerEngineOptions & {
  readonly logins: Logins;
  readonly folder: PrivateFolder;
  readonly record: LocalRecord;
};

async function move(change: Change, applying: ApplyOptions, options: MoveOptions): Promise<Applied> {
  const { source, sourceDigest } = change;
  if (sourceDigest === undefined)
    throw new Error(`a change without a source digest: ${formatReference(change.target)}`);
  const progress = createTransferProgress(change, applying.onProgress);
  if (source.kind === "docker-daemon") {
    const image = await findLocal(source.image, sourceDigest, applying, options);
    const identities = identitiesOf(image);
    return push({ change, image, identities, isOurs: false, progress }, applying, options);
  }
  const { reader } = options.client;
  const pull = await findPullSource({ repository: source.reference.repository, digest: sourceDigest }, change, reader, {
    signal: applying.signal,
  });
  const before = await lookBefore(formatReference(pull.reference), { ...options, signal: applying.signal });
  const isNew = before.image === undefined && !(await isHere(pull, applying, options));
  const pulled = options.keepLocal || before.image !== undefined ? undefined : { name: before.name, isNew };
  await options.record.update({ pulled });
  try {
    progress.know(pull.image);
    const image = await pullImage(pull, progress, applying, { ...options, bytes: change.bytes });
    progress.know(pull.image, image);
    return await push({ change, image, identities: pull.identities, isOurs: isNew, progress }, applying, options);
  } finally {
    if (pulled !== undefined)
      await tidy(
        () => removePulled(pulled, withoutSignal(options)),
        () => options.record.update({ pulled: undefined }),
      );
  }
}

async function findLocal(
  name: string,
  id: Digest,
  { signal }: ApplyOptions,
  { images }: MoveOptions,
): Promise<LocalImage> {
  const image = await images.find(id, { signal });
  if (image !== undefined) return image;
  throw new ImgsyncError({
    code: "SOURCE_NOT_FOUND",
    side: "source",
    reference: `docker-daemon:${name}`,
    message: `the local image ${id} that the plan saw no longer exists`,
    hint: "plan again",
  });
}

/** Reports whether the image already exists locally under another name or without one, so that it must not be removed. */
async function isHere({ identities }: PullSource, { signal }: ApplyOptions, { images }: MoveOptions): Promise<boolean> {
  for (const id of identities) if ((await images.find(id, { signal })) !== undefined) return true;
  return false;
}

async function pullImage(
  pull: PullSource,
  { pull: phase }: TransferProgress,
  { signal }: ApplyOptions,
  { transfers, logins, images, client, folder, bytes }: MoveOptions & Pick<Change, "bytes">,
): Promise<LocalImage> {
  const { reference, platform } = pull;
  const name = formatReference(reference);
  const { onNews } = phase;
  try {
    await client.retry(async () => {
      phase.restart();
      const work = { repository: reference.repository, bytes, hasProgress: phase.meter.hasMoved, signal };
      await logins(work, (credential) => transfers.pull(reference, { platform, credential, folder, onNews, signal }));
    }, signal);
  } catch (thrown) {
    throw signal.aborted ? thrown : withContext(thrown, { side: "source", reference: name });
  }
  phase.finish();
  return checkPulled(pull, await images.find(name, { signal }));
}

type PushRequest = {
  readonly change: Change;
  readonly image: LocalImage;
  readonly identities: readonly Digest[];
  /** The image was pulled only for this push. */
  readonly isOurs: boolean;
  readonly progress: TransferProgress;
};

async function push(request: PushRequest, applying: ApplyOptions, options: MoveOptions): Promise<Applied> {
  const { change, image, identities, isOurs, progress } = request;
  const { signal, mustNotMove = false, recheck } = applying;
  const { client, keepLocal } = options;
  const { repository } = change.target;
  const tools = { ...options, signal };
  const before = await lookBefore(formatReference(change.target), tools);
  let isThere: TargetImage | undefined;
  const isWanted = async (digest: Digest): Promise<boolean> => {
    const target = await readTarget(repository, digest, client.reader, { signal });
    if (!isSameImage(target, identities)) return false;
    isThere = target;
    return true;
  };
  if ((await recheck(isWanted)) === "done" && isThere !== undefined) {
    return { digest: isThere.digest, transferredBytes: 0, notes: [] };
  }
  const hasName = before.image?.id === image.id;
  const notes: string[] = [];
  try {
    if (!hasName) await makeTag(image, before, tools);
    const { transfers, logins, folder } = options;
    const { target, ...pushed } = await pushTag(
      { change, image, identities, mustNotMove, signal, folder, phase: progress.push },
      { transfers, logins, ...client },
    );
    notes.push(...pushed.notes);
    const manifests = await readImages(repository, target.digest, client.reader, { signal });
    const sizes = manifests.map((manifest) => sizesIn(manifest, image.layers));
    const { meter } = progress.push;
    if (!meter.hasNews()) notes.push("docker did not report which layers moved, so they are not counted");
    return { digest: target.digest, transferredBytes: meter.movedBytes(sizes), notes };
  } finally {
    if (!keepLocal && !hasName) {
      const ending = await tidy(
        () => restore(before, { id: image.id, mayRemoveImage: isOurs }, withoutSignal(options)),
        () => options.record.update({ tag: undefined }),
      );
      if (ending === "kept") notes.push(`the local tag stays: it is the only name of ${image.id}`);
    }
  }
}

/** Sets the local tag for the push. It is on record before it is there, and with the time that docker notes for it afterwards. */
async function makeTag({ id }: LocalImage, { name, image }: Before, options: MoveOptions & Cancellable): Promise<void> {
  const { images, record, keepLocal, signal } = options;
  const tag = { name, image: id, madeAt: new Date().toISOString(), ...defined({ before: image?.id }) };
  if (!keepLocal) await record.update({ tag });
  await tagImage(id, name, options);
  const madeAt = keepLocal ? undefined : (await images.find(id, { signal }))?.taggedAt;
  if (madeAt !== undefined) await record.update({ tag: { ...tag, madeAt } });
}

/** Tidying also runs after an interruption, so it does not use the change's signal. */
function withoutSignal({ run, images }: MoveOptions): TakeBackTools {
  return { run, images, signal: new AbortController().signal };
}

/** A failed cleanup must not turn a success into a failure: what is still on record is taken back by a later run. */
async function tidy<T>(work: () => Promise<T>, forget: () => Promise<void>): Promise<T | undefined> {
  try {
    const ending = await work();
    await forget();
    return ending;
  } catch {
    return undefined;
  }
}

function identitiesOf({ id, descriptor }: LocalImage): readonly Digest[] {
  return descriptor === undefined ? [id] : [id, descriptor.digest];
}
