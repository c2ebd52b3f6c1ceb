import type { PullList } from "../model/node-pull.ts";
import { makePullList, nextPullQuestions } from "../planner/pull-list.ts";
import { checkOnly, nothingLeft } from "./only.ts";
import { readFacts } from "./read-facts.ts";
import type { OnReadProgress } from "../model/read-progress.ts";
import type { Session } from "./session/session.ts";
import { defined } from "../model/defined.ts";

export type PullListRequest = {
  readonly only?: readonly string[] | undefined;
  readonly onProgress?: OnReadProgress | undefined;
};

/**
 * Returns the target tags of the manifest and their digests, with one HEAD request for each.
 * @throws ImgsyncError USAGE if `only` is not a valid glob or matches nothing in the manifest
 */
export async function readPullList(session: Session, { only, onProgress }: PullListRequest): Promise<PullList> {
  const { manifest, clock } = session;
  checkOnly(only);
  const options = { now: clock.now(), ...defined({ only }) };
  const snapshot = await readFacts(session, {
    ask: (known) => nextPullQuestions(manifest, known, options),
    onProgress,
  });
  const list = makePullList(manifest, snapshot, options);
  if (only !== undefined && list.targets.length + list.failures.length === 0) throw nothingLeft(only);
  return list;
}
