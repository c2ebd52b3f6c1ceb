import { takeSnapshot, type SnapshotOptions } from "../executor/snapshot.ts";
import type { OnReadProgress } from "../model/read-progress.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Session } from "./session/session.ts";

type Options = Pick<SnapshotOptions, "ask" | "lives" | "signatures" | "hosts"> & {
  readonly onProgress?: OnReadProgress | undefined;
};

/** Queries the registries and programs of a session until no question is left. */
export async function readFacts(
  { world, registries, docker }: Pick<Session, "world" | "registries" | "docker">,
  { onProgress, ...options }: Options,
): Promise<Snapshot> {
  let last = { answered: 0, asked: 0 };
  try {
    return await takeSnapshot({
      ...options,
      reader: registries.client.reader,
      localImages: docker.images,
      signal: world.signal,
      deadline: registries.deadline,
      onAnswer: (progress) => {
        last = progress;
        onProgress?.({ ...progress, isDone: false });
      },
    });
  } finally {
    onProgress?.({ ...last, isDone: true });
  }
}
