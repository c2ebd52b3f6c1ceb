// Posts the plan to the pull request, as one comment that is updated in place. It may run with a token that can write, after a job that ran
// the files of a fork: what that job wrote is untrusted data, and nothing of it is run.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fail, input, planFolder, setOutput } from "./world.mjs";

const MARKER = "<!-- imgsync plan -->";
/** GitHub's limit is 65,536. */
const MAX_CHARACTERS = 65_000;
const PAGE_SIZE = 100;
/** More backticks in a row than this are not from imgsync. */
const MAX_FENCE = 200;

const { GITHUB_API_URL, GITHUB_EVENT_PATH, GITHUB_REPOSITORY } = process.env;
const repository = `${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}`;

try {
  const event = JSON.parse(readFileSync(GITHUB_EVENT_PATH, "utf8"));
  const request = await findRequest(event);
  if (request === undefined) process.stdout.write("the pull request has moved on: nothing was posted\n");
  else setOutput("comment", await post(request, bodyFor(request, event)));
} catch (error) {
  fail(`could not post the plan: ${error instanceof Error ? error.message : String(error)}`);
}

/** Returns the pull request of this run. GitHub determines it, and never a file that the other job wrote. */
async function findRequest({ pull_request: own, workflow_run: run }) {
  if (own !== undefined) return own;
  if (run === undefined) throw new Error("this event has no pull request: use on: pull_request, or on: workflow_run");
  const head = `${run.head_repository.owner.login}:${run.head_branch}`;
  const requests = await ask(`${repository}/pulls?state=open&head=${encodeURIComponent(head)}`);
  return requests.find((request) => request.head.sha === run.head_sha);
}

function bodyFor({ head, base }, { workflow_run: run }) {
  const text = readFileSync(join(planFolder(), "plan.md"), "utf8").slice(0, MAX_CHARACTERS);
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
  if (!text.startsWith(`${MARKER}\n`) || longest >= MAX_FENCE)
    return `${MARKER}\nThere is no plan; see the log of ${run?.html_url ?? "this run"}`;
  // a fork can change the job that plans too, so this text may not be from imgsync: links and mentions in it must not take effect
  if (head.repo?.full_name === base.repo.full_name) return text;
  const fence = "`".repeat(longest + 1);
  return `${MARKER}\nPlan from the job of the fork:\n${fence}text\n${text}\n${fence}`;
}

async function post({ number }, body) {
  const own = await findOwn(number);
  const { html_url: address } =
    own === undefined
      ? await ask(`${repository}/issues/${number}/comments`, "POST", { body })
      : await ask(`${repository}/issues/comments/${own.id}`, "PATCH", { body });
  return address;
}

/** Returns the comment of an earlier run. A comment of a person is never changed, even with the same beginning. */
async function findOwn(number) {
  for (let page = 1; ; page += 1) {
    const comments = await ask(`${repository}/issues/${number}/comments?per_page=${PAGE_SIZE}&page=${page}`);
    const own = comments.find(({ user, body }) => user?.type === "Bot" && body.startsWith(MARKER));
    if (own !== undefined || comments.length < PAGE_SIZE) return own;
  }
}

async function ask(address, method = "GET", body) {
  const headers = {
    accept: "application/vnd.github+json",
    authorization: `Bearer ${input("token")}`,
    "content-type": "application/json",
    "user-agent": "imgsync",
  };
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(address, { ...content, method, headers });
  if (!answer.ok) throw new Error(`GitHub answers ${answer.status} to ${method} ${new URL(address).pathname}`);
  return answer.json();
}
