import { capturesOf, type CharacterTest, type LookAround, mayBeEmpty, type Node, type Repeat } from "./node.ts";

/** A node compiled to a graph of steps, which `machine.ts` walks. */
export type Program = {
  readonly start: Step;
  /** One for each capture. Its first slot is the place where it begins, its second the place where it ends. */
  readonly captures: number;
  readonly looks: readonly Look[];
  /** Cells that remember, for one place in the text, which steps were tried there. */
  readonly cells: number;
  /** The number of steps, each counted as often as it may be tried at one place. */
  readonly size: number;
};

/** All steps have the same fields, which makes walking them fast. */
export type Step = {
  readonly kind:
    | "character"
    | "set"
    | "character-before"
    | "set-before"
    /** Tries `next`, then `other`. */
    | "fork"
    /** Keeps the place in the slot `value`. */
    | "save"
    /** Clears the slots from `value` up to `end`. */
    | "clear"
    /** Ends a round of the repetition `value`, which must not have been empty. */
    | "progress"
    | "look"
    | "begin"
    | "end"
    | "word-boundary"
    | "no-word-boundary"
    /** The whole pattern matched. */
    | "matched";
  next: Step | undefined;
  other: Step | undefined;
  readonly value: number;
  readonly end: number;
  readonly has: CharacterTest | undefined;
  readonly look: Look | undefined;
  /** In how many repetitions that must not have empty rounds the step is. */
  readonly depth: number;
  /** The first of its cells; negative if the step is reached in one way only and needs none. */
  cell: number;
};

export type Look = {
  readonly start: Step;
  readonly isNegated: boolean;
  /** The slots of the captures in it. */
  readonly slots: readonly [from: number, end: number];
};

/** The largest size of patterns that users and registries write freely. Counted repetitions are written out: `a{100}` has 100 steps. */
export const MAX_SIZE = 1000;

export type ProgramOptions = {
  /** Whether the match has to end where the text ends. */
  readonly isWhole: boolean;
  readonly maxSize: number;
};

type Builder = {
  readonly steps: Step[];
  readonly looks: Map<Node, Look>;
  readonly captures: ReadonlyMap<Node, number>;
  /** What is left of the size that is allowed. */
  budget: number;
};

/** Where a node stands. */
type Context = { readonly isBackward: boolean; readonly depth: number };

class TooLarge extends Error {}

/** Compiles a pattern that matches from the start of the text. Returns undefined if it is too large. */
export function compileProgram(node: Node, { isWhole, maxSize }: ProgramOptions): Program | undefined {
  const captures = new Map(capturesOf(node).map((capture, index) => [capture, index]));
  const builder: Builder = { steps: [], looks: new Map(), captures, budget: maxSize };
  try {
    const context = { isBackward: false, depth: 0 };
    const matched = addStep(builder, { kind: "matched" }, undefined, context);
    const last = isWhole ? addStep(builder, { kind: "end" }, matched, context) : matched;
    const start = add(builder, node, last, context);
    const looks = [...builder.looks.values()];
    const cells = numberCells(builder.steps, [start, ...looks.flatMap((look) => [look.start, look.start])]);
    const size = builder.steps.reduce((sum, { depth }) => sum + depth + 1, 0);
    return { start, captures: captures.size, looks, cells, size };
  } catch (thrown) {
    if (thrown instanceof TooLarge) return undefined;
    throw thrown;
  }
}

/** Adds the steps of a node before the step that follows it, and returns the first one. */
function add(builder: Builder, node: Node, next: Step, context: Context): Step {
  const { isBackward } = context;
  switch (node.kind) {
    case "character":
      return addStep(builder, { kind: isBackward ? "character-before" : "character", value: node.code }, next, context);
    case "set":
      return addStep(builder, { kind: isBackward ? "set-before" : "set", has: node.has }, next, context);
    case "sequence":
      return addSequence(builder, node.nodes, next, context);
    case "choice": {
      const starts = node.nodes.map((one) => add(builder, one, next, context));
      return starts.reduceRight((other, start) => addStep(builder, { kind: "fork", other }, start, context));
    }
    case "repeat":
      return addRepeat(builder, node, next, context);
    case "capture": {
      const slot = 2 * (builder.captures.get(node) ?? 0);
      const [first, last] = isBackward ? [slot + 1, slot] : [slot, slot + 1];
      const after = addStep(builder, { kind: "save", value: last }, next, context);
      return addStep(builder, { kind: "save", value: first }, add(builder, node.node, after, context), context);
    }
    case "look":
      return addStep(builder, { kind: "look", look: addLook(builder, node) }, next, context);
    case "word-boundary":
      return addStep(builder, { kind: node.isNegated ? "no-word-boundary" : "word-boundary" }, next, context);
    case "begin":
    case "end":
      break;
  }
  return addStep(builder, { kind: node.kind }, next, context);
}

function addSequence(builder: Builder, nodes: readonly Node[], next: Step, context: Context): Step {
  // otherwise countless copies of nothing would be free
  if (nodes.length === 0) spend(builder, 1);
  const lastFirst = context.isBackward ? nodes : nodes.toReversed();
  return lastFirst.reduce((after, one) => add(builder, one, after, context), next);
}

/** Each round clears the captures in it, and rounds beyond the minimum must not be empty. Both are JavaScript's rules. */
function addRepeat(builder: Builder, { node, min, max, isLazy = false }: Repeat, next: Step, context: Context): Step {
  const [from, end] = slotsOf(builder, node);
  const addRound = (after: Step, depth: number): Step => {
    const start = add(builder, node, after, { ...context, depth });
    return from === end ? start : addStep(builder, { kind: "clear", value: from, end }, start, { ...context, depth });
  };
  const addChecked = (after: Step): Step => {
    if (!mayBeEmpty(node)) return addRound(after, context.depth);
    const depth = context.depth + 1;
    return addRound(addStep(builder, { kind: "progress", value: depth }, after, { ...context, depth }), depth);
  };
  const addFork = (round: Step | undefined, after: Step): Step =>
    addStep(builder, { kind: "fork", other: isLazy ? round : after }, isLazy ? after : round, context);
  let start = next;
  if (max === 0) spend(builder, 1);
  if (max === Infinity) {
    const fork = addFork(undefined, next);
    if (isLazy) fork.other = addChecked(fork);
    else fork.next = addChecked(fork);
    start = fork;
  } else {
    for (let count = min; count < max; count += 1) start = addFork(addChecked(start), next);
  }
  for (let count = 0; count < min; count += 1) start = addRound(start, context.depth);
  return start;
}

/** Copies of a counted repetition share the look. */
function addLook(builder: Builder, node: LookAround): Look {
  const known = builder.looks.get(node);
  if (known !== undefined) return known;
  const context = { isBackward: node.isBehind, depth: 0 };
  const matched = addStep(builder, { kind: "matched" }, undefined, context);
  const start = add(builder, node.node, matched, context);
  const look: Look = {
    start,
    isNegated: node.isNegated,
    slots: slotsOf(builder, node.node),
  };
  builder.looks.set(node, look);
  return look;
}

function slotsOf({ captures }: Builder, node: Node): readonly [number, number] {
  // captures are numbered in the order of the pattern, so those of a node are a range
  const own = capturesOf(node).map((capture) => captures.get(capture) ?? 0);
  return own.length === 0 ? [0, 0] : [2 * Math.min(...own), 2 * Math.max(...own) + 2];
}

function addStep(
  builder: Builder,
  { kind, other, value = 0, end = 0, has, look }: Partial<Step> & Pick<Step, "kind">,
  next: Step | undefined,
  { depth }: Context,
): Step {
  spend(builder, depth + 1);
  const step: Step = { kind, next, other, value, end, has, look, depth, cell: -1 };
  builder.steps.push(step);
  return step;
}

function spend(builder: Builder, size: number): void {
  builder.budget -= size;
  if (builder.budget < 0) throw new TooLarge();
}

/** Gives cells to the steps that several ways lead to. The others are as rare as the step before them. Returns the number of cells. */
function numberCells(steps: readonly Step[], starts: readonly Step[]): number {
  const ways = new Map<Step, number>();
  for (const step of [...starts, ...steps.flatMap(({ next, other }) => [next, other])]) {
    if (step !== undefined) ways.set(step, (ways.get(step) ?? 0) + 1);
  }
  let cells = 0;
  for (const step of steps) {
    if (step.depth === 0 && (ways.get(step) ?? 0) < 2) continue;
    step.cell = cells;
    cells += step.depth + 1;
  }
  return cells;
}
