import { inParallel } from "../async/in-parallel.ts";
import type { Answer } from "../model/answer.ts";
import { type DeadlineOptions, startDeadline } from "../model/deadline.ts";
import type { Asking } from "../model/questions.ts";
import type { ReadProgress } from "../model/read-progress.ts";
import { EMPTY_SNAPSHOT, entryOf, growSnapshot, hostOf, type Question, type Snapshot } from "../model/snapshot.ts";
import { answer } from "./answer.ts";
import { createEmptyTargets } from "./empty-targets.ts";
import { createSourceLook } from "./look-at-source.ts";
import { createCertainLook, createTargetLook } from "./look-at-target.ts";

/**
 * Questions about one host that are in progress at a time, each with its deadline. More than any host is sent requests at a time, and few
 * enough that memory does not grow with the number of questions.
 */
const AT_ONCE = 64;

export type SnapshotOptions = Pick<Asking, "signal" | "reader" | "localImages" | "hosts" | "lives" | "signatures"> & {
  /** The planner: returns the questions that the snapshot does not answer. An empty list ends the reading. */
  readonly ask: (snapshot: Snapshot) => readonly Question[];
  /** The time limit for one question; undefined for no limit. */
  readonly deadline?: DeadlineOptions;
  /** Called after each answer, to show progress. */
  readonly onAnswer?: (count: Omit<ReadProgress, "isDone">) => void;
};

/**
 * Answers the planner's questions until it has no more. A failed answer is recorded as such, so that one registry that is down does not
 * hide the answers of others. Throws only if the run is interrupted.
 */
export async function takeSnapshot(options: SnapshotOptions): Promise<Snapshot> {
  const { ask, onAnswer, deadline, ...ports } = options;
  const { reader } = ports;
  const lookAtTarget = createTargetLook(reader);
  const lookAgain = createCertainLook(reader);
  let snapshot = EMPTY_SNAPSHOT;
  let asked = 0;
  let answered = 0;
  for (let questions = ask(snapshot); questions.length > 0; questions = ask(snapshot)) {
    asked += questions.length;
    const empty = createEmptyTargets(questions, lookAtTarget, reader);
    const lookAtSource = createSourceLook(reader, empty.isEmpty);
    const asking = { ...ports, lookAtSource, lookAtTarget: empty.look, lookAgain };
    const growing = growSnapshot(snapshot);
    const answerOne = async (question: Question): Promise<void> => {
      growing.add(question, await askOne(question, asking, deadline));
      answered += 1;
      onAnswer?.({ answered, asked });
    };
    // a host that is slow or down does not delay the questions about others
    const byHost = [...Map.groupBy(questions, hostOf).values()];
    await Promise.all([
      inParallel(AT_ONCE, empty.begin(ports), (begin) => begin()),
      ...byHost.map((some) => inParallel(AT_ONCE, some, answerOne)),
    ]);
    snapshot = growing.snapshot();
  }
  return snapshot;
}

async function askOne(
  question: Question,
  asking: Omit<Asking, "onAbsent">,
  deadline: DeadlineOptions | undefined,
): Promise<Answer<unknown>> {
  const run = asking.signal;
  const own = deadline && startDeadline(run, deadline);
  const signal = own?.signal ?? run;
  try {
    return await answer((onAbsent) => entryOf(question).ask(question, { ...asking, signal, onAbsent }), run);
  } finally {
    own?.end();
  }
}
