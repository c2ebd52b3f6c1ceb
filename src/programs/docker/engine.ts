import type { Digest } from "../../model/digest.ts";
import { ImgsyncError, withContext } from "../../model/error.ts";
import type { LocalImage } from "../../model/local-image.ts";
import type { Change } from "../../model/plan.ts";
import type { Applied, ApplyOptions, Credentials, Engine, LocalImages } from "../../model/ports.ts";
import { formatReference } from "../../model/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import type { DockerCli } from "./docker-cli.ts";
import { createKeyedLock } from "../../async/keyed-lock.ts";
import { type Before, lookBefore, restore, tagImage } from "./local-tags.ts";
import { readImages, sizesIn } from "./layer-sizes.ts";
import { createLogins, type Logins } from "./logins.ts";
import type { PrivateFolder } from "./private-folder.ts";
import { createPrivateFolders } from "./private-folders.ts";
import { pushTag } from "./push.ts";
import { checkPulled, findPullSource, type PullSource } from "./source-image.ts";
import { isSameImage, readTarget, type TargetImage } from "./target-image.ts";
import { createTransferProgress, type TransferProgress } from "./transfer-progress.ts";
import type { Transfers } from "./transfers.ts";

export type DockerEngineOptions = {
  readonly run: DockerCli;
  readonly transfers: Transfers;
  readonly images: LocalImages;
  readonly client: Pick<RegistryClient, "reader" | "retry" | "rate">;
  readonly credentials: Credentials;
  /** Folders for private files, in order of preference. */
  readonly privateParents: readonly string[];
  /** Keep the local tags that imgsync creates. */
  readonly keepLocal: boolean;
};

/** Pulls, tags and pushes with docker or a replacement. Local tags are restored afterwards. Docker gets only the credentials of each transfer. */
export function createDockerEngine(options: DockerEngineOptions): Engine {
  const oneAfterAnother = createKeyedLock();
  const logins = createLogins({ credentials: options.credentials, rate: options.client.rate });
  const inPrivateFolder = createPrivateFolders(options.privateParents);
  return {
    prepare: async () => {},
    // changes of the same image share its local names, and later ones reuse layers that were already pushed
    apply: (change, applying) =>
      oneAfterAnother(change.sourceDigest ?? "", async () => {
        applying.signal.throwIfAborted();
        return inPrivateFolder((folder) => move(change, applying, { ...options, logins, folder }));
      }),
  };
}

type MoveOptions = DockerEngineOptions & { readonly logins: Logins; readonly folder: PrivateFolder };

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
  try {
    progress.know(pull.image);
    const image = await pullImage(pull, progress, applying, { ...options, bytes: change.bytes });
    progress.know(pull.image, image);
    return await push({ change, image, identities: pull.identities, isOurs: isNew, progress }, applying, options);
  } finally {
    if (!options.keepLocal) await removePulled(before, isNew, options);
  }
}

/** Removes the name that the pull created and, for an image pulled only for the push, what the push left behind. */
async function removePulled({ name, image }: Before, isNew: boolean, { run, images }: MoveOptions): Promise<void> {
  const { signal } = new AbortController();
  const pulled = image === undefined ? await images.find(name, { signal }).catch(() => undefined) : undefined;
  if (pulled === undefined) return;
  await tidy({ name, image }, { id: pulled.id, mayRemoveImage: isNew }, { run, images });
  const left = isNew ? await images.find(pulled.id, { signal }).catch(() => undefined) : undefined;
  for (const other of (left?.names ?? []).filter((text) => text.includes("@"))) {
    await run(["image", "rm", "--", other], { signal, mayFail: true }).catch(() => undefined);
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
  await tagImage(image.id, before.name, tools);
  const notes: string[] = [];
  try {
    const { transfers, logins, folder } = options;
    const { target, ...pushed } = await pushTag(
      { change, image, identities, mustNotMove, signal, folder, phase: progress.push },
      { transfers, logins, ...client },
    );
    notes.push(...pushed.notes);
    const manifests = await readImages(repository, target.digest, client.reader, { signal });
    const sizes = manifests.map((manifest) => sizesIn(manifest, image.layers));
    return { digest: target.digest, transferredBytes: progress.push.meter.movedBytes(sizes), notes };
  } finally {
    if (!keepLocal) {
      const ending = await tidy(before, { id: image.id, mayRemoveImage: isOurs }, options);
      if (ending === "kept") notes.push(`the local tag stays: it is the only name of ${image.id}`);
    }
  }
}

/** Also runs after an interruption, so it does not use the change's signal. A failed cleanup must not turn a success into a failure. */
async function tidy(
  before: Before,
  image: { readonly id: Digest; readonly mayRemoveImage: boolean },
  { run, images }: Pick<MoveOptions, "run" | "images">,
): Promise<"restored" | "kept"> {
  const { signal } = new AbortController();
  return restore(before, image, { run, images, signal }).catch(() => "restored" as const);
}

function identitiesOf({ id, descriptor }: LocalImage): readonly Digest[] {
  return descriptor === undefined ? [id] : [id, descriptor.digest];
}
