import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../../src/model/digest.ts";
import type { Outcome, Report } from "../../../src/model/event.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { createDeleteBudget } from "../../../src/app/watch/delete-budget.ts";
import { change } from "../../support/changes.ts";
import { emptyReport, sleepingClock } from "./support.ts";

const HOUR = 60 * 60 * 1000;
const calm = new AbortController().signal;

const planOf = (...tags: readonly string[]): Plan => ({
  manifestHash: digestOf("test"),
  changes: [
    change("s.test/app:new", "t.test/app:new", digestOf("new")),
    ...tags.map((tag) =>
      change(`s.test/app:${tag}`, `t.test/app:${tag}`, digestOf(tag), { action: "delete", observed: digestOf(tag) }),
    ),
  ],
});

const reportOf = (plan: Plan, outcome: Outcome = "applied"): Report =>
  emptyReport({
    results: plan.changes.map((one) => ({
      change: one,
      result: { outcome, transferredBytes: 0, milliseconds: 0, notes: [] },
    })),
  });

const deletesOf = ({ changes }: Plan): number => changes.filter(({ action }) => action === "delete").length;

describe("the daily delete limit of watch", () => {
  it("adds up over runs, and drops all deletes of a run that would exceed it", () => {
    const budget = createDeleteBudget(sleepingClock("2026-03-10T00:00:00Z"));
    const first = budget.limit(planOf("a", "b"), 3);
    assert.equal(deletesOf(first), 2);
    budget.count(reportOf(first));
    const second = budget.limit(planOf("c", "d"), 3);
    assert.equal(deletesOf(second), 0);
    assert.equal(second.changes.length, 1, "what is copied is copied all the same");
    const [failure] = second.failures ?? [];
    assert.equal(failure?.error.code, "LIMIT_EXCEEDED");
    assert.equal(
      failure?.error.message,
      "2 tags would be deleted, and 2 have been in the last 24 hours, of at most 3: nothing is deleted",
    );
    assert.equal(failure?.error.reference, "t.test/app");
    assert.equal(deletesOf(budget.limit(planOf("c"), 3)), 1, "what remains may go");
  });

  it("frees each delete again after 24 hours", async () => {
    const clock = sleepingClock("2026-03-10T00:00:00Z");
    const budget = createDeleteBudget(clock);
    budget.count(reportOf(planOf("a")));
    await clock.sleep(12 * HOUR, calm);
    budget.count(reportOf(planOf("b")));
    await clock.sleep(11 * HOUR, calm);
    assert.equal(deletesOf(budget.limit(planOf("c"), 2)), 0);
    await clock.sleep(HOUR, calm);
    assert.equal(deletesOf(budget.limit(planOf("c"), 2)), 1);
    assert.equal(deletesOf(budget.limit(planOf("c", "d"), 2)), 0);
  });

  it("does not count deletes that were not applied", () => {
    const budget = createDeleteBudget(sleepingClock("2026-03-10T00:00:00Z"));
    for (const outcome of ["failed", "blocked", "unchanged", "stale", "skipped"] as const)
      budget.count(reportOf(planOf("a", "b"), outcome));
    assert.equal(deletesOf(budget.limit(planOf("a", "b"), 2)), 2);
  });

  it("returns a plan without deletes unchanged, and reports each repository whose deletes are refused", () => {
    const budget = createDeleteBudget(sleepingClock("2026-03-10T00:00:00Z"));
    const plan = planOf();
    assert.equal(budget.limit(plan, 0), plan);
    const two: Plan = {
      ...plan,
      changes: [
        ...planOf("a").changes,
        change("s.test/b:x", "t.test/b:x", digestOf("x"), { action: "delete", observed: digestOf("x") }),
      ],
    };
    assert.deepEqual(
      budget.limit(two, 1).failures?.map(({ error }) => error.message.replace(/, and.*/, "")),
      ["2 tags would be deleted (1 of them here)", "2 tags would be deleted (1 of them here)"],
    );
  });
});
