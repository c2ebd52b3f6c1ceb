import { type Context, createContext, Script } from "node:vm";
import { ImgsyncError } from "../model/error.ts";

/** For all tags of a repository together: ordinary patterns need less for a million. */
const DEADLINE_MS = 1000;

const MATCHING = new Script("tags.filter((tag) => regex.test(tag))");
/** Each tag that matches, then what its group is. */
const VERSIONS = new Script(
  "tags.map((tag) => [tag, regex.exec(tag)]).flatMap(([tag, found]) => found === null ? [] : [tag, found.groups.version ?? ''])",
);
let context: Context | undefined;
/** A plan asks again after each round of answers: what was too slow once would cost its deadline each time. */
const givenUp = new Set<string>();

/**
 * The tags that a regular expression matches as a whole. Patterns can be written that try more ways than there are atoms; such
 * a one is given up. docs/decisions/regex.md
 * @throws ImgsyncError LIMIT_EXCEEDED where it takes too long
 */
export function filterByRegex(pattern: string, tags: readonly string[]): readonly string[] {
  return run(MATCHING, pattern, tags);
}

/**
 * The group `version` of each tag that matches as a whole; empty where the group takes no part in that.
 * @throws ImgsyncError LIMIT_EXCEEDED where it takes too long
 */
export function findVersions(pattern: string, tags: readonly string[]): ReadonlyMap<string, string> {
  const pairs = run(VERSIONS, pattern, tags);
  const versions = new Map<string, string>();
  for (let at = 0; at < pairs.length; at += 2) versions.set(pairs[at] ?? "", pairs[at + 1] ?? "");
  return versions;
}

/** Whether a regular expression, which must be one, has a group of the name `version`. */
export function hasVersionGroup(pattern: string): boolean {
  const groups = new RegExp(`(?:${pattern})|`, "u").exec("")?.groups;
  return groups !== undefined && "version" in groups;
}

function run(script: Script, pattern: string, tags: readonly string[]): readonly string[] {
  if (givenUp.has(pattern)) throw tooSlow(pattern);
  context ??= createContext({});
  Object.assign(context, { regex: new RegExp(`^(?:${pattern})$`, "u"), tags });
  try {
    const found: readonly unknown[] = script.runInContext(context, { timeout: DEADLINE_MS });
    return Array.from(found, String);
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
    hint: "avoid nested repetition such as (a+)+",
  });
}

/** Errors of node:vm are of another realm on one of the runtimes. */
function isTimeout(thrown: unknown): boolean {
  return (
    typeof thrown === "object" && thrown !== null && "message" in thrown && /timed out/.test(String(thrown.message))
  );
}
