import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { isProblem } from "../../../src/model/reference.ts";
import { parseGlob } from "../../../src/selectors/pattern/glob.ts";
import { parseRegex, regexNode } from "../../../src/selectors/pattern/javascript.ts";
import { createMachine } from "../../../src/selectors/pattern/machine.ts";
import type { Node } from "../../../src/selectors/pattern/node.ts";
import { compileProgram, MAX_SIZE, type Program } from "../../../src/selectors/pattern/program.ts";
import { randomRegex, randomText } from "./support/random-regex.ts";

/** Patterns for which backtracking takes exponential or high polynomial time, with the part of the text that repeats, and its end. */
const HOSTILE: readonly (readonly [pattern: string, part: string, end: string])[] = [
  ["(a+)+", "a", "!"],
  ["(a+)+$", "a", "!"],
  ["(a|a)*", "a", "!"],
  ["(a|b|ab)*c", "ab", "!"],
  ["(?:a?){25}a{25}", "a", "!"],
  ["(?:x{0,14}){0,14}", "x", "!"],
  ["(((a*)*)*)*b", "a", "a"],
  ["(?:a*?b?)*?c", "ab", "!"],
  ["\\d*\\d*\\d*\\d*\\d*\\d*x", "1", "!"],
  [".*.*.*.*.*.*.*.*x", "a", "!"],
  ["(?:.*,){11}P", ",", "!"],
  ["(?<version>(?:a|aa)+)+b", "a", "!"],
  // looks at each place that are false, and looks that are true only after much was tried
  ["(?:(?=.*b).)*c", "a", "!"],
  ["(?:(?!.*(?:a|a)*b).)*c", "a", "!"],
  ["(?:.(?<=(?:a|a)*))*c", "a", "!"],
  ["(?:(?=(?:a?){50}b|a*!).)*c", "a", "!"],
  ["(?:(?=(?:(?:b?){50}a)*!).)*c", "a", "!"],
  ["(?:(?=(?=(?:a*)*b)|a)a)*c", "a", "!"],
  ["(?:(?=(?<version>(?:(?:b?){50}a)*)).)*", "a", "!"],
];

describe("the machine", () => {
  for (const [pattern, part, end] of HOSTILE) {
    test(`takes at most twice the steps for twice the text: ${pattern}`, () => {
      const program = programOf(pattern);
      const [steps, doubled] = [128, 256].map((count) => stepsOf(program, part.repeat(count) + end));
      assert.ok(steps !== undefined && steps <= bound(program, part.length * 128 + end.length));
      assert.ok(doubled !== undefined && doubled <= 2.1 * steps, `${steps} and ${doubled}`);
    });
  }

  test("never takes more steps than the size of the pattern and the length of the text allow", () => {
    fc.assert(
      fc.property(randomRegex, randomText, (pattern, text) => {
        const node = nodeOf(pattern);
        const program = compileProgram(node, { isWhole: true, maxSize: MAX_SIZE });
        fc.pre(program !== undefined);
        assert.ok(program.size <= MAX_SIZE);
        assert.ok(stepsOf(program, text) <= bound(program, Array.from(text).length));
        const { find, steps } = createMachine(program);
        find(text);
        assert.ok(steps() <= 2 * bound(program, Array.from(text).length));
      }),
      { numRuns: 1500 },
    );
  });

  test("takes few steps for a glob with many stars", () => {
    const program = compileProgram(parseGlob(`${"*a".repeat(100)}*b`), { isWhole: true, maxSize: MAX_SIZE });
    assert.ok(program !== undefined);
    assert.ok(stepsOf(program, "a".repeat(128)) <= bound(program, 128));
    const parts = compileProgram(parseGlob(`${"**/a/".repeat(40)}b`), { isWhole: true, maxSize: MAX_SIZE });
    assert.ok(parts !== undefined);
    assert.ok(stepsOf(parts, "a/".repeat(100)) <= bound(parts, 200));
  });
});

function nodeOf(pattern: string): Node {
  const parsed = parseRegex(pattern);
  assert.ok(!isProblem(parsed), pattern);
  const node = regexNode(parsed, "version");
  assert.ok(!isProblem(node), pattern);
  return node;
}

function programOf(pattern: string): Program {
  const program = compileProgram(nodeOf(pattern), { isWhole: true, maxSize: MAX_SIZE });
  assert.ok(program !== undefined, pattern);
  return program;
}

function stepsOf(program: Program, text: string): number {
  const machine = createMachine(program);
  machine.matches(text);
  return machine.steps();
}

/** The bound that the machine promises, without captures in looks. */
function bound({ size }: Program, length: number): number {
  return size * (length + 1);
}
