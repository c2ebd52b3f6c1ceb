import { type Context, createContext, Script } from "node:vm";
import { ImgsyncError } from "../model/error.ts";

/** For all tags of a repository together: ordinary patterns need less for a million tags. */
const DEADLINE_MS = 1000;

const MATCHING = new Script("tags.filter((tag) => regex.test(tag))");
/** Returns each matching tag, followed by its group. */
const VERSIONS = new Script(
  "tags.map((tag) => [tag, regex.exec(tag)]).flatMap(([tag, found]) => found === null ? [] : [tag, found.groups.version ?? ''])",
);
let context: Context | undefined;
/** Planning matches again after each round of answers: a slow pattern must not reach its deadline every time. */
const givenUp = new Set<string>();

/**
 * Returns the tags that a regular expression matches as a whole. Matching stops at a deadline, because backtracking can take exponential
 * time. docs/decisions/regex.md
 * @throws ImgsyncError LIMIT_EXCEEDED if it takes too long
 */
export function filterByRegex(pattern: string, tags: readonly string[]): readonly string[] {
  return run(MATCHING, pattern, tags);
}

/**
 * Returns the group `version` of each tag that matches as a whole; empty if the group did not participate.
 * @throws ImgsyncError LIMIT_EXCEEDED if it takes too long
 */
export function findVersions(pattern: string, tags: readonly string[]): ReadonlyMap<string, string> {
  const pairs = run(VERSIONS, pattern, tags);
  const versions = new Map<string, string>();
  for (let at = 0; at < pairs.length; at += 2) versions.set(pairs[at] ?? "", pairs[at + 1] ?? "");
  return versions;
}

/** Whether a valid regular expression has a group named `version`. */
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

/** On one of the runtimes, errors of node:vm come from another realm, where instanceof fails. */
function isTimeout(thrown: unknown): boolean {
  return (
    typeof thrown === "object" && thrown !== null && "message" in thrown && /timed out/.test(String(thrown.message))
  );
}
