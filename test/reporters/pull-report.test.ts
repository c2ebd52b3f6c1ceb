import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PullOutcome, PullResult } from "../../src/model/node-pull.ts";
import { PULL_FORMATS } from "../../src/reporters/pull-report.ts";
import { validate } from "../../src/schema/validate.ts";
import { change, FAILURE, NEW, PLAIN, POSITION } from "./samples.ts";

const { target } = change();
const ERROR = {
  code: "TAG_STALE",
  side: "target",
  reference: "r.example/a:1",
  message: "moved",
  hint: "again",
} as const;

const ended = (outcome: PullOutcome, more: Partial<PullResult>): PullResult => ({
  target,
  positions: [POSITION],
  outcome,
  milliseconds: 1.4,
  ...more,
});

/** Each outcome once; the digest of the failed one is unknown. */
const RESULTS: readonly PullResult[] = [
  ended("pulled", { digest: NEW }),
  ended("present", { digest: NEW }),
  ended("moved", { digest: NEW, error: ERROR }),
  ended("failed", { error: ERROR }),
  ended("skipped", { digest: NEW }),
];

function render(): string {
  const outcomes = { pulled: 1, present: 1, moved: 1, failed: 1, skipped: 1 };
  const report = { results: RESULTS, outcomes, failures: [FAILURE], milliseconds: 12.6, interrupted: true };
  return PULL_FORMATS.json({ report, runtime: "crictl" }, PLAIN);
}

describe("the report of a pull as JSON", () => {
  it("matches its schema for every outcome", async () => {
    assert.deepEqual(await validate("pull", JSON.parse(render())), []);
  });

  it("is refused by its schema with an unknown key or without a required one", async () => {
    const document = JSON.parse(render());
    assert.equal((await validate("pull", { ...document, nodes: 1 })).length, 1);
    const [first, ...others] = document.images;
    const { digest: _, ...undigested } = first;
    assert.equal((await validate("pull", { ...document, images: [undigested, ...others] })).length, 1);
  });
});
