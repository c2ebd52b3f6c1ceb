import type { Answer } from "./answer.ts";
import {
  type Answers,
  type Asked,
  type Asking,
  type Found,
  type QuestionKind,
  QUESTIONS,
  type Slot,
} from "./questions.ts";

/**
 * What the planner wants to know about the world. It asks, the executor reads, and the answers make the Snapshot; the
 * planner is asked again until it has no more questions.
 */
export type Question = { readonly [K in QuestionKind]: { readonly kind: K } & Asked<K> }[QuestionKind];

/** What the registries said: a field for each kind of question, with the answers by the question's key. */
export type Snapshot = { readonly [K in QuestionKind as Slot<K>]: Answers<Found<K>> };

export type Answered = { readonly question: Question; readonly answer: Answer<unknown> };

export const EMPTY_SNAPSHOT = emptySnapshot();

/** The key of a question in its field of the snapshot. */
export function keyOf(question: Question): string {
  return entryOf(question).key(question);
}

/** How a question is asked, and where its answer is kept. */
export function entryOf({ kind }: Question): Entry {
  // each entry takes questions of its own kind, which the kind has just chosen
  return QUESTIONS[kind] as Entry;
}

/** The answer to a question, where the snapshot has it. */
export function answerTo<K extends QuestionKind>(
  snapshot: Snapshot,
  question: { readonly kind: K } & Asked<K>,
): Answer<Found<K>> | undefined {
  const { slot, key } = QUESTIONS[question.kind] as Entry;
  // the kind chooses the field and, with it, the type of the answers
  const answers = snapshot[slot] as Answers<Found<K>>;
  return answers.get(key(question));
}

/** The snapshot with further answers. */
export function withAnswers(snapshot: Snapshot, answered: readonly Answered[]): Snapshot {
  const grown = new Map<keyof Snapshot, Map<string, Answer<unknown>>>();
  for (const { question, answer } of answered) {
    const { slot } = entryOf(question);
    const answers = grown.get(slot) ?? new Map<string, Answer<unknown>>(snapshot[slot]);
    grown.set(slot, answers.set(keyOf(question), answer));
  }
  return { ...snapshot, ...Object.fromEntries(grown) };
}

type Entry = {
  readonly slot: keyof Snapshot;
  readonly key: (question: unknown) => string;
  readonly ask: (question: unknown, asking: Asking) => Promise<unknown> | undefined;
};

function emptySnapshot(): Snapshot {
  const slots = Object.values(QUESTIONS).map(({ slot }) => [slot, new Map()]);
  // the table has each field once
  return Object.fromEntries(slots) as Snapshot;
}
