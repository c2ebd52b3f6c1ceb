import { type AST, RegExpParser, RegExpSyntaxError } from "@eslint-community/regexpp";
import type { ReferenceProblem } from "../../model/reference.ts";
import type { CharacterTest, Node } from "./node.ts";

/** The standard in which regular expressions are written, whatever the runtime knows. */
const ECMA_VERSION = 2025;
const ASCII = 128;
const [UNKNOWN, ABSENT, PRESENT] = [0, 1, 2] as const;

/** Parses a JavaScript regular expression with the flag `u`. */
export function parseRegex(pattern: string): AST.Pattern | ReferenceProblem {
  try {
    return new RegExpParser({ ecmaVersion: ECMA_VERSION }).parsePattern(pattern, 0, pattern.length, { unicode: true });
  } catch (cause) {
    if (!(cause instanceof RegExpSyntaxError)) throw cause;
    return { problem: `"${pattern}" is not a regular expression (${reasonOf(cause)})` };
  }
}

/** Converts a parsed regular expression. Groups with the given name become captures. Returns why it cannot be matched, if so. */
export function regexNode({ raw: pattern, alternatives }: AST.Pattern, name: string): Node | ReferenceProblem {
  const problems: ReferenceProblem[] = [];
  const tests = new Map<string, CharacterTest>();
  const testOf = (set: string): CharacterTest => {
    const test = tests.get(set) ?? createTest(set);
    if (test === undefined) problems.push(unknownSetProblem(pattern, set));
    else tests.set(set, test);
    return test ?? (() => false);
  };
  const choiceOf = (alternatives: readonly AST.Alternative[]): Node => ({
    kind: "choice",
    nodes: alternatives.map(({ elements }) => ({ kind: "sequence", nodes: elements.map(nodeOf) })),
  });
  const nodeOf = (element: AST.Element): Node => {
    switch (element.type) {
      case "Character":
        return { kind: "character", code: element.value };
      case "CharacterSet":
      case "CharacterClass":
      case "ExpressionCharacterClass":
        return { kind: "set", has: testOf(element.raw) };
      case "Group":
        if (element.modifiers !== null) problems.push(modifiersProblem(pattern, element.modifiers));
        return choiceOf(element.alternatives);
      case "CapturingGroup": {
        const node = choiceOf(element.alternatives);
        return element.name === name ? { kind: "capture", node } : node;
      }
      case "Quantifier": {
        const { min, max, greedy } = element;
        return { kind: "repeat", node: nodeOf(element.element), min, max, isLazy: !greedy };
      }
      case "Backreference":
        problems.push(backreferenceProblem(pattern, element));
        return { kind: "sequence", nodes: [] };
      case "Assertion":
        break;
    }
    if ("alternatives" in element) {
      const { kind, negate, alternatives } = element;
      return { kind: "look", node: choiceOf(alternatives), isBehind: kind === "lookbehind", isNegated: negate };
    }
    if ("negate" in element) return { kind: "word-boundary", isNegated: element.negate };
    return { kind: element.kind === "start" ? "begin" : "end" };
  };
  const node = choiceOf(alternatives);
  return problems[0] ?? node;
}

/**
 * Lets JavaScript test single characters, so that classes and Unicode properties have its meaning. Answers for ASCII are kept. Returns
 * undefined if the runtime's version of Unicode lacks a property.
 */
function createTest(set: string): CharacterTest | undefined {
  const regex = compileSet(set);
  if (regex === undefined) return undefined;
  const known = new Uint8Array(ASCII);
  return (code) => {
    if (code >= ASCII) return regex.test(String.fromCodePoint(code));
    if (known[code] === UNKNOWN) known[code] = regex.test(String.fromCharCode(code)) ? PRESENT : ABSENT;
    return known[code] === PRESENT;
  };
}

function compileSet(set: string): RegExp | undefined {
  try {
    return new RegExp(set, "u");
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return undefined;
  }
}

function backreferenceProblem(pattern: string, { raw }: AST.Backreference): ReferenceProblem {
  return {
    problem: `"${pattern}" has the backreference "${raw}", which is not supported because it can take unlimited time`,
    hint: 'write out the alternatives, as in "a-a|b-b", or select more tags and drop some with exclude',
  };
}

function modifiersProblem(pattern: string, { raw }: AST.Modifiers): ReferenceProblem {
  return {
    problem: `"${pattern}" has the flags "${raw}", which are not supported`,
    hint: "write both cases of a letter, as in [vV]",
  };
}

function unknownSetProblem(pattern: string, set: string): ReferenceProblem {
  return {
    problem: `"${pattern}" has "${set}", which this version of Node.js or Deno does not know`,
    hint: "list the characters in a class, as in [a-z]",
  };
}

/** The parser's message begins with the pattern. */
function reasonOf({ message }: SyntaxError): string {
  return message
    .slice(message.lastIndexOf(": ") + 1)
    .trim()
    .toLowerCase();
}
