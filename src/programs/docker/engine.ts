import type { Environment } from "../exec.ts";
import type { Digest } from "../../model/digest.ts";
import { ImgsyncError, withContext } from "../../model/error.ts";
import type { LocalImage } from "../../model/local-image.ts";
import type { Change } from "../../model/plan.ts";
import { formatPlatform } from "../../model/platform.ts";
import type { Applied, ApplyOptions, Engine, LocalImages } from "../../model/ports.ts";
import { formatReference } from "../../model/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { withLoginAdvice } from "../login-advice.ts";
import type { DockerCli } from "./docker-cli.ts";
import { createKeyedLock } from "../../async/keyed-lock.ts";
import { type Before, lookBefore, restore, tagImage } from "./local-tags.ts";
import { createLayerCount, type LayerCount } from "./output.ts";
import { createPrivateLogin, type PrivateLoginOptions } from "./private-login.ts";
import { pushTag } from "./push.ts";
import { checkPulled, findPullSource, type PullSource } from "./source-image.ts";
import { isSameImage, readTarget, type TargetImage } from "./target-image.ts";

export type DockerEngineOptions = PrivateLoginOptions & {
  readonly run: DockerCli;
  readonly images: LocalImages;
  readonly client: Pick<RegistryClient, "reader" | "retry">;
  /** Keep the local tags that imgsync creates. */
  readonly keepLocal: boolean;
};

/**
 * Pulls, tags and pushes with docker or a replacement. Local tags are restored afterwards. Docker gets credentials only for the registries
 * of the change, in files that only this user can read.
 */
export function createDockerEngine(options: DockerEngineOptions): Engine {
  const oneAfterAnother = createKeyedLock();
  const login = createPrivateLogin(options);
  return {
    prepare: async () => {},
    // changes of the same image share its local names, and later ones reuse layers that were already pushed
    apply: (change, applying) =>
      oneAfterAnother(change.sourceDigest ?? "", async () => {
        applying.signal.throwIfAborted();
        const source = change.source.kind === "registry" ? [change.source.reference.repository] : [];
        return login([...source, change.target.repository], applying.signal, (environment) =>
          move(change, applying, { ...options, environment }),
        );
      }),
  };
}

type MoveOptions = DockerEngineOptions & { readonly environment: Environment };

async function move(change: Change, applying: ApplyOptions, options: MoveOptions): Promise<Applied> {
  const { source, sourceDigest } = change;
  if (sourceDigest === undefined)
    throw new Error(`a change without a source digest: ${formatReference(change.target)}`);
  const meter = createMeter(change, applying);
  if (source.kind === "docker-daemon") {
    const image = await findLocal(source.image, sourceDigest, applying, options);
    const identities = identitiesOf(image);
    return push({ change, image, identities, isOurs: false, meter }, applying, options);
  }
  const { reader } = options.client;
  const pull = await findPullSource({ repository: source.reference.repository, digest: sourceDigest }, change, reader, {
    signal: applying.signal,
  });
  const before = await lookBefore(pull.name, { ...options, signal: applying.signal });
  const isNew = before.image === undefined && !(await isHere(pull, applying, options));
  try {
    const image = await pullImage(pull, meter.pull, applying, options);
    return await push({ change, image, identities: pull.identities, isOurs: isNew, meter }, applying, options);
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
  count: LayerCount,
  { signal }: ApplyOptions,
  { run, images, client, credentials, environment }: MoveOptions,
): Promise<LocalImage> {
  const platform = pull.platform === undefined ? [] : ["--platform", formatPlatform(pull.platform)];
  const options = { signal, environment, onLine: count.onLine, isTransfer: true };
  try {
    await client.retry(
      () =>
        withLoginAdvice(() => run(["pull", ...platform, "--", pull.name], options), {
          credentials,
          repository: pull.repository,
          signal,
        }),
      signal,
    );
  } catch (thrown) {
    throw signal.aborted ? thrown : withContext(thrown, { side: "source", reference: pull.name });
  }
  return checkPulled(pull, await images.find(pull.name, { signal }));
}

type PushRequest = {
  readonly change: Change;
  readonly image: LocalImage;
  readonly identities: readonly Digest[];
  /** The image was pulled only for this push. */
  readonly isOurs: boolean;
  readonly meter: Meter;
};

async function push(request: PushRequest, applying: ApplyOptions, options: MoveOptions): Promise<Applied> {
  const { change, image, identities, isOurs, meter } = request;
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
    const { run, credentials, environment } = options;
    const { onLine } = meter.push;
    const pushing = { change, image, identities, mustNotMove, signal, environment, onLine };
    const pushed = await withLoginAdvice(() => pushTag(pushing, { run, ...client }), {
      credentials,
      repository,
      signal,
    });
    notes.push(...pushed.notes);
    return { digest: pushed.target.digest, transferredBytes: transferred(pushed.target, meter.push), notes };
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

type Meter = { readonly pull: LayerCount; readonly push: LayerCount };

/** Docker reports finished layers, not bytes, so every layer counts the same. */
function createMeter({ bytes = 0, source }: Change, { onProgress }: ApplyOptions): Meter {
  const notify = (): void => {
    const share = source.kind === "registry" ? (pull.done() + push.done()) / 2 : push.done();
    if (bytes > 0) onProgress({ doneBytes: Math.round(bytes * share), totalBytes: bytes });
  };
  const pull = createLayerCount(notify);
  const push = createLayerCount(notify);
  return { pull, push };
}

function transferred({ image }: TargetImage, count: LayerCount): number {
  const bytes = (image?.layers ?? []).reduce((sum, { size }) => sum + size, 0);
  return Math.round(bytes * count.moved());
}
