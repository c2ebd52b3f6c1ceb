import assert from "node:assert/strict";
import { test } from "node:test";
import { describeSpending, describeTooFew } from "../../../src/reporters/words/hub-pulls.ts";
import { change, MIRROR } from "../samples.ts";

const SIX_HOURS = 21_600;

test("pulls are counted once for each image, and only for what is copied", () => {
  const twice = [change(), change({ to: `${MIRROR}/nginx:1.27` }), change({ action: "none", to: `${MIRROR}/n:1` })];
  assert.deepEqual(describeSpending(twice, undefined), ["Docker Hub: at least 1 pull to apply this."]);
  assert.deepEqual(describeSpending([change({ action: "none" })], undefined), []);
});

test("what is left is told beside what is needed", () => {
  const hubPulls = { limit: 100, remaining: 76, windowSeconds: SIX_HOURS };
  assert.deepEqual(describeSpending([change()], { requests: 1204, hubPulls }), [
    "Docker Hub: at least 1 pull to apply this; 76 of 100 in 6 hours are left.",
    "Made with 1,204 requests.",
  ]);
  assert.equal(describeTooFew([change()], { requests: 1, hubPulls }), undefined);
});

test("too few are a problem with an advice; as many as are needed are enough", () => {
  const [none, one] = [0, 1].map((remaining) => ({
    requests: 1,
    hubPulls: { limit: 200, remaining, windowSeconds: 90 },
  }));
  assert.equal(
    describeTooFew([change()], none),
    "applying takes at least 1 pull, and 0 of 200 in 90 seconds are left. That is too few: log in to Docker Hub, wait, or apply a part with --only.",
  );
  assert.match(describeSpending([change()], none)[0] ?? "", /left\. That is too few/);
  assert.equal(describeTooFew([change()], one), undefined);
  assert.match(describeSpending([change()], one)[0] ?? "", /; 1 of 200 in 90 seconds is left\.$/);
});
