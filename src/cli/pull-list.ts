import { takeSnapshot } from "../executor/snapshot.ts";
import type { PullList } from "../model/node-pull.ts";
import { makePullList, nextPullQuestions } from "../planner/pull-list.ts";
import { systemClock } from "../async/system-clock.ts";
import { checkOnly, nothingLeft } from "./only.ts";
import type { Session } from "./session.ts";
import { openStatusLine } from "./terminal/status-line.ts";

/**
 * The manifest's target tags and where each points, with one HEAD for each.
 * @throws ImgsyncError USAGE where `--only` is no glob or leaves nothing of the manifest
 */
export async function readPullList(session: Session, only: readonly string[] | undefined): Promise<PullList> {
  const { context, manifest, registries, docker } = session;
  checkOnly(only);
  const options = { now: systemClock.now(), ...(only === undefined ? {} : { only }) };
  const status = openStatusLine(context.stderr);
  try {
    const snapshot = await takeSnapshot({
      ask: (known) => nextPullQuestions(manifest, known, options),
      reader: registries.client.reader,
      localImages: docker.images,
      signal: context.interruption.signal,
      deadline: registries.deadline,
      onAnswer: ({ answered, asked }) => status.show(`reading registries: ${answered} of ${asked}`),
    });
    const list = makePullList(manifest, snapshot, options);
    if (only !== undefined && list.targets.length + list.failures.length === 0) throw nothingLeft(only);
    return list;
  } finally {
    status.clear();
  }
}
