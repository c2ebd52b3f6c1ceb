import { memberOf, tryParseJson } from "../model/json.ts";
import { readTextFile } from "../files/read-text-file.ts";
import type { Variables } from "./config-arguments.ts";

/** GitHub limits event payloads to 25 MB. */
const MAX_EVENT_BYTES = 32 * 1024 * 1024;

/**
 * Returns why this CI job runs for a pull request from a fork, which anyone can open; undefined if it does not. A request of unknown origin
 * counts as one from a fork.
 */
export async function findForkRequest(environment: Variables): Promise<string | undefined> {
  const value = (name: string): string => environment[name] ?? "";
  const differ = (one: string, other: string): boolean =>
    value(one) !== "" && value(other) !== "" && value(one).toLowerCase() !== value(other).toLowerCase();
  const event = value("GITHUB_EVENT_NAME");
  if (event.startsWith("pull_request") || event === "workflow_run") return readEvent(event, value("GITHUB_EVENT_PATH"));
  const project = value("CI_MERGE_REQUEST_PROJECT_ID") === "" ? "CI_PROJECT_ID" : "CI_MERGE_REQUEST_PROJECT_ID";
  if (differ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", project)) return "a merge request from a fork";
  if (
    value("SYSTEM_PULLREQUEST_ISFORK").toLowerCase() === "true" ||
    value("CIRCLE_PR_NUMBER") !== "" ||
    value("CHANGE_FORK") !== "" ||
    differ("TRAVIS_PULL_REQUEST_SLUG", "TRAVIS_REPO_SLUG") ||
    (!["", "false"].includes(value("BUILDKITE_PULL_REQUEST")) &&
      differ("BUILDKITE_PULL_REQUEST_REPO", "BUILDKITE_REPO"))
  ) {
    return "a pull request from a fork";
  }
  return undefined;
}

async function readEvent(name: string, path: string): Promise<string | undefined> {
  const read = path === "" ? { problem: "is not named" } : await readTextFile(path, MAX_EVENT_BYTES);
  if ("problem" in read) return `a pull request whose event file ${read.problem}`;
  const event = tryParseJson(read.text);
  const [head, base] =
    name === "workflow_run"
      ? [at(event, "workflow_run", "head_repository", "full_name"), at(event, "repository", "full_name")]
      : [
          at(event, "pull_request", "head", "repo", "full_name"),
          at(event, "pull_request", "base", "repo", "full_name"),
        ];
  // the head repository is null if it was deleted
  if (typeof head !== "string" || typeof base !== "string") return "a pull request of unknown origin";
  return head.toLowerCase() === base.toLowerCase() ? undefined : "a pull request from a fork";
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce(memberOf, value);
}
