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
 * A question of the planner. The planner asks, the executor answers, and the answers form the Snapshot, until the planner has no more
 * questions.
 */
export type Question = { readonly [K in QuestionKind]: { readonly kind: K } & Asked<K> }[QuestionKind];

/** The answers of registries: one field per kind of question, keyed by question. */
export type Snapshot = { readonly [K in QuestionKind as Slot<K>]: Answers<Found<K>> };

export const EMPTY_SNAPSHOT = emptySnapshot();

/** The key of a question in its field of the snapshot. */
export function keyOf(question: Question): string {
  return entryOf(question).key(question);
}

/** The entry of the table for this kind of question. */
export function entryOf({ kind }: Question): Entry {
  // an entry takes questions of its own kind, and the kind selected it
  return QUESTIONS[kind] as Entry;
}

/** The host that a question is about; undefined for a local image. */
export function hostOf(question: Question): string | undefined {
  if ("repository" in question) return question.repository.host;
  if ("reference" in question) return question.reference.repository.host;
  return question.kind === "signature" ? question.image.repository.host : undefined;
}

/** Returns the answer, if the snapshot has it. */
export function answerTo<K extends QuestionKind>(
  snapshot: Snapshot,
  question: { readonly kind: K } & Asked<K>,
): Answer<Found<K>> | undefined {
  const { slot, key } = QUESTIONS[question.kind] as Entry;
  // the kind selects the field and, with it, the type of the answers
  const answers = snapshot[slot] as Answers<Found<K>>;
  return answers.get(key(question));
}

/** Collects answers for a copy of the snapshot. */
export type GrowingSnapshot = {
  readonly add: (question: Question, answer: Answer<unknown>) => void;
  readonly snapshot: () => Snapshot;
};

export function growSnapshot(snapshot: Snapshot): GrowingSnapshot {
  const grown = new Map<keyof Snapshot, Map<string, Answer<unknown>>>();
  return {
    add: (question, answer) => {
      const { slot } = entryOf(question);
      const answers = grown.get(slot) ?? new Map<string, Answer<unknown>>(snapshot[slot]);
      grown.set(slot, answers.set(keyOf(question), answer));
    },
    snapshot: () => ({ ...snapshot, ...Object.fromEntries(grown) }),
  };
}

type Entry = {
  readonly slot: keyof Snapshot;
  readonly key: (question: unknown) => string;
  readonly ask: (question: unknown, asking: Asking) => Promise<unknown> | undefined;
};

function emptySnapshot(): Snapshot {
  const slots = Object.values(QUESTIONS).map(({ slot }) => [slot, new Map()]);
  // the table has each field exactly once
  return Object.fromEntries(slots) as Snapshot;
}
