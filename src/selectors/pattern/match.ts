import { ANYTHING, type Node } from "./node.ts";

/** Matches the whole text, or any part of it. */
export type Matcher = { readonly whole: (text: string) => boolean; readonly part: (text: string) => boolean };

type Step =
  | { readonly kind: "character"; readonly test: (code: number) => boolean }
  | { readonly kind: "split"; readonly to: readonly number[] }
  | { readonly kind: "begin" }
  | { readonly kind: "end" };

const MAX_STEPS = 2000;

/**
 * Creates a matcher whose work is bounded by the pattern's length times the text's. Patterns come from registries, and JavaScript's
 * backtracking could take forever. All alternatives advance in parallel. Returns undefined if the pattern is too large.
 */
export function createMatcher(node: Node): Matcher | undefined {
  const whole = compile(node);
  const part = compile({ kind: "sequence", nodes: [ANYTHING, node, ANYTHING] });
  if (whole === undefined || part === undefined) return undefined;
  return { whole: (text) => run(whole, text), part: (text) => run(part, text) };
}

function compile(node: Node): readonly Step[] | undefined {
  const steps: Step[] = [];
  const add = (one: Node): boolean => {
    if (steps.length > MAX_STEPS) return false;
    switch (one.kind) {
      case "sequence":
        return one.nodes.every(add);
      case "choice":
        return addChoice(one.nodes);
      case "repeat":
        return addRepeat(one);
      case "character":
      case "begin":
      case "end":
        steps.push(one);
        return true;
    }
    return false;
  };
  const addChoice = (nodes: readonly Node[]): boolean => {
    const split: number[] = [];
    const ends: number[][] = [];
    steps.push({ kind: "split", to: split });
    for (const one of nodes) {
      split.push(steps.length);
      if (!add(one)) return false;
      const end: number[] = [];
      ends.push(end);
      steps.push({ kind: "split", to: end });
    }
    for (const end of ends) end.push(steps.length);
    return true;
  };
  const addRepeat = ({ node: inner, min, max }: Extract<Node, { kind: "repeat" }>): boolean => {
    for (let count = 0; count < min; count += 1) if (!add(inner)) return false;
    if (max !== Infinity) {
      const skips: number[][] = [];
      for (let count = min; count < max; count += 1) {
        const to = [steps.length + 1];
        skips.push(to);
        steps.push({ kind: "split", to });
        if (!add(inner)) return false;
      }
      for (const to of skips) to.push(steps.length);
      return true;
    }
    const start = steps.length;
    const to = [start + 1];
    steps.push({ kind: "split", to });
    if (!add(inner)) return false;
    steps.push({ kind: "split", to: [start] });
    to.push(steps.length);
    return true;
  };
  return add(node) && steps.length <= MAX_STEPS ? steps : undefined;
}

function run(steps: readonly Step[], text: string): boolean {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  let current = reach(steps, [0], { isBegin: true, isEnd: codes.length === 0 });
  for (const [at, code] of codes.entries()) {
    const next: number[] = [];
    for (const index of current) {
      const step = steps[index];
      if (step?.kind === "character" && step.test(code)) next.push(index + 1);
    }
    current = reach(steps, next, { isBegin: false, isEnd: at === codes.length - 1 });
    if (current.size === 0) return false;
  }
  return current.has(steps.length);
}

/** Returns all steps that can be reached without reading a character. */
function reach(
  steps: readonly Step[],
  from: readonly number[],
  { isBegin, isEnd }: { readonly isBegin: boolean; readonly isEnd: boolean },
): ReadonlySet<number> {
  const seen = new Set<number>();
  const open = [...from];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (seen.has(index)) continue;
    seen.add(index);
    const step = steps[index];
    if (step?.kind === "split") open.push(...step.to);
    if ((step?.kind === "begin" && isBegin) || (step?.kind === "end" && isEnd)) open.push(index + 1);
  }
  return seen;
}
