import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Context } from "../../src/cli/terminal/context.ts";
import { findForkRequest } from "../../src/settings/fork-request.ts";
import { isUntrusted } from "../../src/cli/input/is-untrusted.ts";
import { captureStream } from "../reporters/samples.ts";
import { makeFolder, runCli } from "../support/cli.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const LOOK = { color: "never", verbose: false } as const;

function contextOf(environment: Readonly<Record<string, string>>) {
  const stderr = captureStream();
  const interruption = {
    signal: new AbortController().signal,
    exitCode: () => 130,
    interrupt: () => undefined,
    onSecond: () => () => undefined,
  };
  const context: Context = { environment, stdout: captureStream(), stderr, interruption };
  return { context, stderr };
}

const ask = (environment: Readonly<Record<string, string>>) => findForkRequest(environment);

async function askGitHub(event: unknown, name = "pull_request"): Promise<string | undefined> {
  const folder = await makeFolder({ "event.json": typeof event === "string" ? event : JSON.stringify(event) });
  onEnd(folder.remove);
  return ask({ GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: `${folder.path}/event.json` });
}

const request = (head: string | null, base = "owner/app") => ({
  pull_request: { head: { repo: head === null ? null : { full_name: head } }, base: { repo: { full_name: base } } },
});

describe("a job of GitHub Actions", () => {
  it("is untrusted when the pull request comes from another repository", async () => {
    assert.equal(await askGitHub(request("someone/app")), "a pull request from a fork");
    assert.equal(await askGitHub(request("someone/app"), "pull_request_target"), "a pull request from a fork");
    const run = { workflow_run: { head_repository: { full_name: "someone/app" } }, repository: { full_name: "o/a" } };
    assert.equal(await askGitHub(run, "workflow_run"), "a pull request from a fork");
  });

  it("is trusted for a pull request from the repository itself, and without a pull request", async () => {
    assert.equal(await askGitHub(request("Owner/App")), undefined);
    assert.equal(await askGitHub({}, "push"), undefined);
  });

  it("is untrusted when the origin of the pull request is unknown", async () => {
    for (const event of [request(null), {}, "", "[", '{"pull_request":{"__proto__":{"head":1}}}', "null"]) {
      assert.equal(await askGitHub(event), "a pull request of unknown origin", JSON.stringify(event));
    }
    assert.match((await ask({ GITHUB_EVENT_NAME: "pull_request" })) ?? "", /event file is not named/);
    const nowhere = { GITHUB_EVENT_NAME: "pull_request", GITHUB_EVENT_PATH: "/nowhere/event.json" };
    assert.match((await ask(nowhere)) ?? "", /event file does not exist/);
    assert.match((await ask({ ...nowhere, GITHUB_EVENT_PATH: "/dev/zero" })) ?? "", /not a plain file/);
  });
});

describe("a job of another CI", () => {
  const forks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    GitLab: { CI_PROJECT_ID: "1", CI_MERGE_REQUEST_PROJECT_ID: "1", CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "2" },
    "GitLab in the fork": {
      CI_PROJECT_ID: "2",
      CI_MERGE_REQUEST_PROJECT_ID: "1",
      CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "2",
    },
    Azure: { SYSTEM_PULLREQUEST_ISFORK: "True" },
    CircleCI: { CIRCLE_PR_NUMBER: "7" },
    Jenkins: { CHANGE_FORK: "someone" },
    Travis: { TRAVIS_PULL_REQUEST_SLUG: "someone/app", TRAVIS_REPO_SLUG: "owner/app" },
    Buildkite: { BUILDKITE_PULL_REQUEST: "7", BUILDKITE_PULL_REQUEST_REPO: "git://s", BUILDKITE_REPO: "git://o" },
  };
  for (const [name, environment] of Object.entries(forks)) {
    it(`is untrusted when ${name} reports a fork`, async () => assert.match((await ask(environment)) ?? "", /fork/));
  }

  it("is trusted otherwise", async () => {
    const own: readonly Readonly<Record<string, string>>[] = [
      {},
      { CI_PROJECT_ID: "1" },
      { CI_PROJECT_ID: "1", CI_MERGE_REQUEST_PROJECT_ID: "1", CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "1" },
      { SYSTEM_PULLREQUEST_ISFORK: "False" },
      { BUILDKITE_PULL_REQUEST: "false", BUILDKITE_PULL_REQUEST_REPO: "", BUILDKITE_REPO: "git://o" },
    ];
    for (const environment of own) assert.equal(await ask(environment), undefined);
  });
});

describe("isUntrusted", () => {
  const FORK = { CHANGE_FORK: "someone" };

  it("detects a fork in CI, and warns on stderr with the flag that turns it off", async () => {
    const { context, stderr } = contextOf(FORK);
    assert.equal(await isUntrusted(context, {}, LOOK), true);
    assert.match(stderr.text(), /^warning: this is a pull request from a fork: no credentials.*--no-untrusted/);
  });

  it("prefers the variable over CI, and the flag over the variable", async () => {
    const judge = (environment: Readonly<Record<string, string>>, flags = {}) =>
      isUntrusted(contextOf(environment).context, flags, LOOK);
    assert.equal(await judge({ ...FORK, IMGSYNC_UNTRUSTED: "false" }), false);
    assert.equal(await judge({ IMGSYNC_UNTRUSTED: "1" }), true);
    assert.equal(await judge({ ...FORK, IMGSYNC_UNTRUSTED: "true" }, { untrusted: false }), false);
    assert.equal(await judge({ IMGSYNC_UNTRUSTED: "0" }, { untrusted: true }), true);
    assert.equal(await judge({ IMGSYNC_UNTRUSTED: "" }), false);
    await assert.rejects(judge({ IMGSYNC_UNTRUSTED: "perhaps" }), { code: "USAGE" });
  });

  it("keeps a plan for a fork from connecting to hosts that only the manifest names", async () => {
    const folder = await makeFolder({
      "images.yaml": "version: 1\nimages:\n  - { source: 127.0.0.1:9/a:1, target: 127.0.0.1:9/b:1 }\n",
    });
    onEnd(folder.remove);
    const refused = await runCli(["plan"], { cwd: folder.path, environment: FORK });
    assert.match(refused.stdout, /EGRESS_REFUSED/);
    const trusted = await runCli(["plan", "--no-untrusted"], { cwd: folder.path, environment: FORK });
    assert.doesNotMatch(trusted.stdout + trusted.stderr, /EGRESS_REFUSED|fork/);
  });
});
