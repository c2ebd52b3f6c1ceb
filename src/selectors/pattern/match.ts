import { createMachine } from "./machine.ts";
import { ANYTHING, type Node, sequence } from "./node.ts";
import { compileProgram, MAX_SIZE } from "./program.ts";

/** Matches the whole text, or any part of it. */
export type Matcher = { readonly whole: (text: string) => boolean; readonly part: (text: string) => boolean };

/** Creates a matcher for a pattern of a registry. Returns undefined if the pattern is too large. */
export function createMatcher(node: Node): Matcher | undefined {
  const whole = compileProgram(node, { isWhole: true, maxSize: MAX_SIZE });
  const part = compileProgram(sequence(ANYTHING, node), { isWhole: false, maxSize: MAX_SIZE });
  if (whole === undefined || part === undefined) return undefined;
  return { whole: createMachine(whole).matches, part: createMachine(part).matches };
}

/** Creates a test for the whole text from a pattern of any size, whose author has a limit of its own. */
export function matchWhole(node: Node): (text: string) => boolean {
  const program = compileProgram(node, { isWhole: true, maxSize: Infinity });
  if (program === undefined) throw new Error("a pattern larger than any limit");
  return createMachine(program).matches;
}
