import { pullImages } from "../executor/pull.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Pulled, PullResult } from "../model/node-pull.ts";
import { type PullListRequest, readPullList } from "./pull-list.ts";
import { choosePuller, type PullerName } from "./session/pullers.ts";
import type { Session, Setup } from "./session/session.ts";

export type PullRequest = PullListRequest & {
  /** The program that pulls. Undefined: crictl if it works, otherwise docker. */
  readonly tool?: PullerName | undefined;
  /** The socket that crictl uses. */
  readonly endpoint?: string | undefined;
  /** Pulls `NAME@DIGEST`: the image is stored without its tag. */
  readonly byDigest: boolean;
  readonly observer?: PullObserver;
};

export type PullObserver = {
  readonly onStarted?: (total: number, runtime: string) => void;
  readonly onFinished?: (result: PullResult) => void;
};

/** Lower than for apply: the node has other work, and each image consists of several downloads. */
export const DEFAULT_PULL_CONCURRENCY = 3;

/**
 * Pulls the manifest's target images onto this machine and checks each against the digest of its tag.
 * @throws ImgsyncError UNSUPPORTED if no runtime works here, or if the manifest is untrusted
 */
export async function pull(session: Session, request: PullRequest): Promise<Pulled> {
  refuseUntrustedPull(session);
  const { world, settings, registries, clock } = session;
  const { tool, endpoint, byDigest, observer = {} } = request;
  const puller = await choosePuller(session, tool, { endpoint });
  const list = await readPullList(session, request);
  observer.onStarted?.(list.targets.length, puller.name);
  const report = await pullImages({
    list,
    puller,
    reader: registries.client.reader,
    clock,
    signal: world.signal,
    concurrency: settings.origins.get("concurrency") === "default" ? DEFAULT_PULL_CONCURRENCY : settings.concurrency,
    byDigest,
    onFinished: (result) => observer.onFinished?.(result),
  });
  return { report, runtime: puller.name };
}

/** @throws ImgsyncError UNSUPPORTED */
export function refuseUntrustedPull({ untrusted }: Pick<Setup, "untrusted">): void {
  if (!untrusted) return;
  throw new ImgsyncError({
    code: "UNSUPPORTED",
    message: "pull runs crictl or docker, and programs are disabled for untrusted manifests (--untrusted)",
    hint: "trust the manifest, or inspect it with imgsync plan --untrusted",
  });
}
