import assert from "node:assert/strict";
import { test } from "node:test";
import { describePulls, describeRequests, findTooFewPulls } from "../../../src/reporters/words/counted-pulls.ts";
import { change, MIRROR } from "../samples.ts";

const SIX_HOURS = 21_600;

test("pulls are counted once for each image, and only for images that are copied", () => {
  const twice = [change(), change({ to: `${MIRROR}/nginx:1.27` }), change({ action: "none", to: `${MIRROR}/n:1` })];
  assert.deepEqual(describePulls(twice, undefined), [
    { text: "Docker Hub: at least 1 pull to apply this.", isEnough: true },
  ]);
  assert.deepEqual(describePulls([change({ action: "none" })], undefined), []);
});

test("the remaining pulls are shown with the required ones", () => {
  const pullLimits = new Map([["docker.io", { limit: 100, remaining: 76, windowSeconds: SIX_HOURS }]]);
  assert.deepEqual(describePulls([change()], { requests: 1204, pullLimits }), [
    { text: "Docker Hub: at least 1 pull to apply this; 76 of 100 in 6 hours are left.", isEnough: true },
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
  const [needed] = describePulls([change()], none);
  assert.match(needed?.text ?? "", /left\. That is too few/);
  assert.equal(needed?.isEnough, false);
  assert.deepEqual(findTooFewPulls([change()], one), []);
  const [enough] = describePulls([change()], one);
  assert.match(enough?.text ?? "", /; 1 of 200 in 90 seconds is left\.$/);
  assert.equal(enough?.isEnough, true);
});

test("requests are counted only where they are known", () => {
  assert.deepEqual(describeRequests({ requests: 1204, pullLimits: new Map() }), ["Made with 1,204 requests."]);
  assert.deepEqual(describeRequests(undefined), []);
});
