import { type Context, createContext, Script } from "node:vm";
import { ImgsyncError } from "../model/error.ts";

/** For all tags of a repository together: ordinary patterns need less for a million. */
const DEADLINE_MS = 1000;

const SCRIPT = new Script("tags.filter((tag) => regex.test(tag))");
let context: Context | undefined;
/** A plan asks again after each round of answers: what was too slow once would cost its deadline each time. */
const givenUp = new Set<string>();

/**
 * The tags that a regular expression matches as a whole. Patterns can be written that try more ways than there are atoms; such
 * a one is given up. docs/decisions/regex.md
 * @throws ImgsyncError LIMIT_EXCEEDED where it takes too long
 */
export function filterByRegex(pattern: string, tags: readonly string[]): readonly string[] {
  if (givenUp.has(pattern)) throw tooSlow(pattern);
  context ??= createContext({});
  Object.assign(context, { regex: new RegExp(`^(?:${pattern})$`, "u"), tags });
  try {
    const matching: readonly unknown[] = SCRIPT.runInContext(context, { timeout: DEADLINE_MS });
    return Array.from(matching, String);
  } catch (thrown) {
    if (!isTimeout(thrown)) throw thrown;
    givenUp.add(pattern);
    throw tooSlow(pattern);
  }
}

function tooSlow(pattern: string): ImgsyncError {
  return new ImgsyncError({
    code: "LIMIT_EXCEEDED",
    message: `the regular expression "${pattern}" takes too long`,
    hint: "it tries the same characters in many ways: do not repeat what repeats already, such as (a+)+",
  });
}

/** Errors of node:vm are of another realm on one of the runtimes. */
function isTimeout(thrown: unknown): boolean {
  return (
    typeof thrown === "object" && thrown !== null && "message" in thrown && /timed out/.test(String(thrown.message))
  );
}
