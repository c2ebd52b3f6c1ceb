import assert from "node:assert/strict";
import { test } from "node:test";
import { describeSpending, findTooFewPulls } from "../../../src/reporters/words/counted-pulls.ts";
import { change, MIRROR } from "../samples.ts";

const SIX_HOURS = 21_600;

test("pulls are counted once for each image, and only for images that are copied", () => {
  const twice = [change(), change({ to: `${MIRROR}/nginx:1.27` }), change({ action: "none", to: `${MIRROR}/n:1` })];
  assert.deepEqual(describeSpending(twice, undefined), ["Docker Hub: at least 1 pull to apply this."]);
  assert.deepEqual(describeSpending([change({ action: "none" })], undefined), []);
});

test("the remaining pulls are shown with the required ones", () => {
  const pullLimits = new Map([["docker.io", { limit: 100, remaining: 76, windowSeconds: SIX_HOURS }]]);
  assert.deepEqual(describeSpending([change()], { requests: 1204, pullLimits }), [
    "Docker Hub: at least 1 pull to apply this; 76 of 100 in 6 hours are left.",
    "Made with 1,204 requests.",
  ]);
  assert.deepEqual(findTooFewPulls([change()], { requests: 1, pullLimits }), []);
});

test("too few remaining pulls are a problem with advice, and exactly enough are not", () => {
  const left = (remaining: number) => ({
    requests: 1,
    pullLimits: new Map([["docker.io", { limit: 200, remaining, windowSeconds: 90 }]]),
  });
  const [none, one] = [left(0), left(1)];
  assert.deepEqual(findTooFewPulls([change()], none), [
    {
      host: "docker.io",
      message:
        "applying takes at least 1 pull, and 0 of 200 in 90 seconds are left. That is too few: log in to Docker Hub, wait, or apply a part with --only.",
    },
  ]);
  assert.match(describeSpending([change()], none)[0] ?? "", /left\. That is too few/);
  assert.deepEqual(findTooFewPulls([change()], one), []);
  assert.match(describeSpending([change()], one)[0] ?? "", /; 1 of 200 in 90 seconds is left\.$/);
});
