import type { Answer } from "../model/answer.ts";
import { type DeadlineOptions, startDeadline } from "../model/deadline.ts";
import type { Asking } from "../model/questions.ts";
import { EMPTY_SNAPSHOT, entryOf, type Question, type Snapshot, withAnswers } from "../model/snapshot.ts";
import { answer } from "./answer.ts";
import { createSourceLook } from "./look-at-source.ts";
import { createCertainLook, createTargetLook } from "./look-at-target.ts";

export type SnapshotOptions = Pick<Asking, "signal" | "reader" | "localImages" | "hosts" | "lives" | "signatures"> & {
  /** The planner: what it wants to know beyond what the snapshot holds; nothing more ends the reading. */
  readonly ask: (snapshot: Snapshot) => readonly Question[];
  /** How long one question may take; undefined: as long as it needs. */
  readonly deadline?: DeadlineOptions;
  /** Called after each answer, for progress. */
  readonly onAnswer?: (count: { readonly answered: number; readonly asked: number }) => void;
};

/**
 * Reads what the planner asks for until it has no more questions. An answer that cannot be had is kept as such, so that one
 * registry that is down does not hide what the others say. Only an interrupted run ends early, by throwing.
 */
export async function takeSnapshot(options: SnapshotOptions): Promise<Snapshot> {
  const { ask, onAnswer, ...ports } = options;
  const { reader } = ports;
  const asking = {
    ...ports,
    lookAtSource: createSourceLook(reader),
    lookAtTarget: createTargetLook(reader),
    lookAgain: createCertainLook(reader),
  };
  let snapshot = EMPTY_SNAPSHOT;
  let asked = 0;
  let answered = 0;
  for (let questions = ask(snapshot); questions.length > 0; questions = ask(snapshot)) {
    asked += questions.length;
    const answers = await Promise.all(
      questions.map(async (question) => {
        const found = await askOne(question, asking);
        answered += 1;
        onAnswer?.({ answered, asked });
        return { question, answer: found };
      }),
    );
    snapshot = withAnswers(snapshot, answers);
  }
  return snapshot;
}

type AskingOnce = Omit<Asking, "onAbsent"> & Pick<SnapshotOptions, "deadline">;

async function askOne(question: Question, { deadline, ...asking }: AskingOnce): Promise<Answer<unknown>> {
  const run = asking.signal;
  const own = deadline && startDeadline(run, deadline);
  const signal = own?.signal ?? run;
  const found = await answer((onAbsent) => entryOf(question).ask(question, { ...asking, signal, onAbsent }), run);
  own?.end();
  return found;
}
