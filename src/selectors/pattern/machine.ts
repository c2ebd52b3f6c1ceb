import type { Look, Program, Step } from "./program.ts";

/** Runs a program on texts. It keeps its working memory from text to text. */
export type Machine = {
  /** Whether the pattern matches from the start of the text. */
  readonly matches: (text: string) => boolean;
  /** Like {@link matches}, with the text of the capture that took part in the match. */
  readonly find: (text: string) => { readonly captured: string | undefined } | undefined;
  /** The number of steps for all texts so far. */
  readonly steps: () => number;
};

/** `search`: for a match of the whole pattern. `look`: whether a look is true. `capture`: for the captures of a look that is true. */
type Mode = "search" | "look" | "capture";

/** An empty slot. Lower values stand for a place where a look is true; its captures are needed only if the whole pattern matches. */
const EMPTY = -1;
const pendingAt = (place: number): number => EMPTY - 1 - place;

/**
 * Creates a machine that tries alternatives in the order of preference, as backtracking engines do, but no step twice at one place: what
 * failed there fails again, and a look that was true there is true again. So it takes at most `size * (length + 1)` steps for a text, and
 * at most that many again to find captures in looks.
 */
export function createMachine({ start, captures, looks, cells }: Program): Machine {
  let codes = new Int32Array(0);
  let length = 0;
  /** What is known of a cell at a place: it failed in this text if it has the text's number, and led to a match if it has the negative. */
  let known = new Float64Array(0);
  let textNumber = 0;
  let steps = 0;
  const slots = new Int32Array(2 * captures).fill(EMPTY);
  /**
   * What is left to try: a step with its place and progress. Without a step, what to undo on the way back: a slot with its earlier value. A
   * negative place: nothing, only the cell that was passed.
   */
  const leftSteps: (Step | undefined)[] = [];
  const leftPlaces: number[] = [];
  const leftValues: number[] = [];
  let left = 0;

  const push = (step: Step | undefined, place: number, value: number): void => {
    leftSteps[left] = step;
    leftPlaces[left] = place;
    leftValues[left] = value;
    left += 1;
  };
  const save = (slot: number, place: number): void => {
    push(undefined, slot, slots[slot] ?? EMPTY);
    slots[slot] = place;
  };
  const isWordAt = (at: number): boolean => at >= 0 && at < length && isWordCharacter(codes[at] ?? 0);
  const isAtBoundary = (at: number): boolean => isWordAt(at - 1) !== isWordAt(at);

  const run = (first: Step, from: number, mode: Mode): boolean => {
    const base = left;
    const width = length + 1;
    const id = mode === "capture" ? textNumber + 1 : textNumber;
    let step: Step | undefined = first;
    let at = from;
    /** How many of the enclosing repetitions, from the outermost, have a character in their current round. */
    let progress = 0;
    for (;;) {
      if (step === undefined) {
        if (left === base) return false;
        left -= 1;
        step = leftSteps[left];
        at = leftPlaces[left] ?? 0;
        progress = leftValues[left] ?? 0;
        if (step === undefined) {
          if (at >= 0) slots[at] = progress;
          continue;
        }
      }
      if (step.cell >= 0) {
        const cell = (step.cell + progress) * width + at;
        const mark = known[cell];
        if (mark === textNumber || mark === id) {
          step = undefined;
          continue;
        }
        if (mode === "look") {
          if (mark === -textNumber) return true;
          push(undefined, -1, cell);
        }
        known[cell] = id;
      }
      steps += 1;
      let isFit = true;
      switch (step.kind) {
        case "character":
          isFit = at < length && codes[at] === step.value;
          at += 1;
          progress = step.depth;
          break;
        case "set":
          isFit = at < length && step.has?.(codes[at] ?? 0) === true;
          at += 1;
          progress = step.depth;
          break;
        case "fork":
          push(step.other, at, progress);
          break;
        case "matched":
          return true;
        case "character-before":
          at -= 1;
          isFit = at >= 0 && codes[at] === step.value;
          progress = step.depth;
          break;
        case "set-before":
          at -= 1;
          isFit = at >= 0 && step.has?.(codes[at] ?? 0) === true;
          progress = step.depth;
          break;
        case "begin":
          isFit = at === 0;
          break;
        case "end":
          isFit = at === length;
          break;
        case "word-boundary":
          isFit = isAtBoundary(at);
          break;
        case "no-word-boundary":
          isFit = !isAtBoundary(at);
          break;
        case "save":
          save(step.value, at);
          break;
        case "clear":
          for (let slot = step.value; slot < step.end; slot += 1) save(slot, EMPTY);
          break;
        case "progress":
          isFit = progress === step.value;
          progress = step.value - 1;
          break;
        case "look":
          isFit = step.look !== undefined && isTrue(step.look, at);
          break;
      }
      step = isFit ? step.next : undefined;
    }
  };

  const isTrue = ({ start, isNegated, slots: [from, end] }: Look, at: number): boolean => {
    const base = left;
    const isFound = run(start, at, "look");
    // after a match, what is left includes the cells on the way to it
    while (left > base) {
      left -= 1;
      if (leftSteps[left] !== undefined) continue;
      const place = leftPlaces[left] ?? 0;
      if (place >= 0) slots[place] = leftValues[left] ?? EMPTY;
      else known[leftValues[left] ?? 0] = -textNumber;
    }
    if (isFound && !isNegated) for (let slot = from; slot < end; slot += 1) save(slot, pendingAt(at));
    return isFound !== isNegated;
  };

  const read = (text: string): void => {
    if (codes.length < text.length) codes = new Int32Array(2 * text.length);
    length = 0;
    for (let at = 0; at < text.length; at += 1) {
      let code = text.charCodeAt(at);
      if (code >= 0xd800 && code < 0xdc00) {
        code = text.codePointAt(at) ?? 0;
        if (code > 0xffff) at += 1;
      }
      codes[length] = code;
      length += 1;
    }
  };

  const matches = (text: string): boolean => {
    read(text);
    if (known.length < cells * (length + 1)) known = new Float64Array(2 * cells * (length + 1));
    // the next one marks the cells of captures
    textNumber += 2;
    left = 0;
    if (captures > 0) slots.fill(EMPTY);
    return run(start, 0, "search");
  };

  /** Inner looks come before the looks around them. */
  const findPending = (): void => {
    for (const {
      start,
      slots: [from, end],
    } of looks.toReversed()) {
      const pending = slots[from] ?? EMPTY;
      if (from === end || pending >= EMPTY) continue;
      slots.fill(EMPTY, from, end);
      left = 0;
      run(start, pendingAt(pending), "capture");
    }
  };

  const captured = (text: string): string | undefined => {
    for (let slot = 0; slot < slots.length; slot += 2) {
      const [from = EMPTY, end = EMPTY] = slots.subarray(slot, slot + 2);
      if (from === EMPTY || end === EMPTY) continue;
      return length === text.length ? text.slice(from, end) : Array.from(text).slice(from, end).join("");
    }
    return undefined;
  };

  return {
    matches,
    find: (text) => {
      if (!matches(text)) return undefined;
      findPending();
      return { captured: captured(text) };
    },
    steps: () => steps,
  };
}

function isWordCharacter(code: number): boolean {
  const isDigit = code >= 48 && code <= 57;
  return isDigit || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
}
