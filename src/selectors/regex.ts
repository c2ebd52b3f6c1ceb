import { isProblem, type ReferenceProblem } from "../model/reference.ts";
import { parseRegex, regexNode } from "./pattern/javascript.ts";
import { createMachine, type Machine } from "./pattern/machine.ts";
import { compileProgram, MAX_SIZE, type Program } from "./pattern/program.ts";

export const MAX_REGEX_LENGTH = 200;
const VERSION_GROUP = "version";

/**
 * Compiles a JavaScript regular expression, with the flag `u`, that has to match the whole text. Captures the group `version`.
 * @throws if the expression has not passed {@link regexProblem}
 */
export function compileRegex(pattern: string): Machine {
  const program = readRegex(pattern);
  if (isProblem(program)) throw new Error(`not a regular expression: ${program.problem}`);
  return createMachine(program);
}

/** Returns why a text is not a regular expression that can be matched in bounded time. */
export function regexProblem(pattern: string): ReferenceProblem | undefined {
  const program = readRegex(pattern);
  return isProblem(program) ? program : undefined;
}

/** Like {@link regexProblem}. Also refuses expressions without a group named `version`. */
export function versionRegexProblem(pattern: string): ReferenceProblem | undefined {
  const program = readRegex(pattern);
  if (isProblem(program)) return program;
  if (program.captures > 0) return undefined;
  return {
    problem: `"${pattern}" does not say which part of the tag is the version`,
    hint: `name that part: "stable-(?<${VERSION_GROUP}>.*)"`,
  };
}

/** Returns why a text is not a regular expression in JavaScript's syntax, for expressions that another program matches. */
export function regexSyntaxProblem(pattern: string): ReferenceProblem | undefined {
  const parsed = lengthProblem(pattern) ?? parseRegex(pattern);
  return isProblem(parsed) ? parsed : undefined;
}

function readRegex(pattern: string): Program | ReferenceProblem {
  const parsed = lengthProblem(pattern) ?? parseRegex(pattern);
  if (isProblem(parsed)) return parsed;
  const node = regexNode(parsed, VERSION_GROUP);
  if (isProblem(node)) return node;
  const program = compileProgram(node, { isWhole: true, maxSize: MAX_SIZE });
  return (
    program ?? {
      problem: `"${pattern}" repeats too much: it has more than ${MAX_SIZE} steps when its counts are written out`,
      hint: "use smaller counts; a tag has at most 128 characters",
    }
  );
}

function lengthProblem(pattern: string): ReferenceProblem | undefined {
  if (pattern === "") return { problem: "the regular expression is empty" };
  if (pattern.length <= MAX_REGEX_LENGTH) return undefined;
  return { problem: `the regular expression has more than ${MAX_REGEX_LENGTH} characters` };
}
