import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSingleFlight } from "../../src/async/single-flight.ts";
import { RegistryError } from "../../src/http/error.ts";
import { createRetryBudget } from "../../src/http/retry-budget.ts";
import { createPatience, withRetry } from "../../src/http/retry.ts";
import { instantClock } from "../support/client.ts";

const item = (): AbortSignal => new AbortController().signal;
const busy = (facts = {}): RegistryError =>
  new RegistryError({ code: "REGISTRY_ERROR", message: "busy" }, { status: 503, isRetryable: true, ...facts });

function spendAll(budget: ReturnType<typeof createRetryBudget>, signal: AbortSignal): number {
  let spent = 0;
  while (budget.spend(signal) === "spent") spent += 1;
  return spent;
}

describe("the retry budget", () => {
  it("allows an item 20 retries, or a fifth of its requests if that is more", () => {
    const budget = createRetryBudget();
    const [small, large] = [item(), item()];
    for (let at = 0; at < 200; at += 1) budget.noteRequest(large);
    assert.equal(spendAll(budget, small), 20);
    assert.equal(budget.spend(small), "item");
    assert.equal(spendAll(budget, large), 40);
  });

  it("counts work that several items share for the item that starts it", async () => {
    const budget = createRetryBudget();
    const [starter, other] = [item(), item()];
    const flight = createSingleFlight<number>();
    const spending = flight("a", starter, async (signal) => spendAll(budget, signal));
    const joining = flight("a", other, async () => 0);
    assert.deepEqual(await Promise.all([spending, joining]), [20, 20]);
    assert.equal(budget.spend(starter), "item");
    assert.equal(budget.spend(other), "spent");
  });

  it("allows a run 100 retries, or a fifth of its requests if that is more", () => {
    const budget = createRetryBudget();
    const spent = Array.from({ length: 10 }, () => spendAll(budget, item()));
    assert.equal(
      spent.reduce((sum, one) => sum + one, 0),
      100,
    );
    assert.equal(budget.spend(item()), "run");
    const busyItem = item();
    for (let at = 0; at < 1000; at += 1) budget.noteRequest(busyItem);
    assert.equal(budget.spend(busyItem), "spent");
  });

  it("fails a request with its error and a hint once it is spent", async () => {
    const budget = createRetryBudget();
    const signal = item();
    const options = { clock: instantClock(), random: () => 0, signal, budget };
    let tries = 0;
    const attempt = async (): Promise<never> => {
      tries += 1;
      throw busy();
    };
    for (let at = 0; at < 5; at += 1) await assert.rejects(withRetry(attempt, options), { message: "busy" });
    assert.equal(tries, 25);
    await assert.rejects(withRetry(attempt, options), (error: RegistryError) => {
      assert.equal(error.message, "busy");
      assert.match(error.details.hint ?? "", /too many requests of this change have failed/);
      assert.equal(error.facts.isRetryable, false);
      return true;
    });
    assert.equal(tries, 26);
  });

  it("does not count retries that the registry requests or that follow progress", async () => {
    const budget = createRetryBudget();
    const signal = item();
    const patience = createPatience({ clock: instantClock(), random: () => 0, signal, budget });
    for (let at = 0; at < 30; at += 1) {
      patience.reset();
      await patience.after(busy());
    }
    for (let at = 0; at < 10; at += 1) {
      let count = 0;
      const attempt = async (): Promise<string> => {
        count += 1;
        if (count <= 4) throw busy({ retryAfterMs: 1000 });
        return "done";
      };
      assert.equal(await withRetry(attempt, { clock: instantClock(), random: () => 0, signal, budget }), "done");
    }
    assert.equal(spendAll(budget, signal), 20);
  });
});
