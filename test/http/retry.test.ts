import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RegistryError } from "../../src/http/error.ts";
import { withRetry } from "../../src/http/retry.ts";
import { instantClock } from "../support/client.ts";
import { calm } from "../support/scope.ts";

function failing(
  times: number,
  error: () => Error,
): { readonly attempt: () => Promise<string>; readonly count: () => number } {
  let count = 0;
  return {
    count: () => count,
    attempt: async () => {
      count += 1;
      if (count <= times) throw error();
      return "done";
    },
  };
}

const busy = (facts = {}): RegistryError =>
  new RegistryError({ code: "REGISTRY_ERROR", message: "busy" }, { status: 503, isRetryable: true, ...facts });

describe("withRetry", () => {
  it("doubles the longest wait each time, up to five attempts", async () => {
    const clock = instantClock();
    const { attempt, count } = failing(9, () => busy());
    await assert.rejects(withRetry(attempt, { clock, random: () => 1, ...calm }), { message: "busy" });
    assert.equal(count(), 5);
    assert.deepEqual(clock.slept, [1000, 2000, 4000, 8000]);
  });

  it("waits as long as the registry asks", async () => {
    const clock = instantClock();
    const { attempt } = failing(1, () => busy({ retryAfterMs: 7000 }));
    assert.equal(await withRetry(attempt, { clock, random: () => 0, ...calm }), "done");
    assert.deepEqual(clock.slept, [7000]);
  });

  it("fails at once and shows until when if the registry asks for more than two minutes", async () => {
    const clock = instantClock();
    const { attempt, count } = failing(1, () => busy({ retryAfterMs: 3_600_000 }));
    await assert.rejects(withRetry(attempt, { clock, random: () => 0, ...calm }), (error: RegistryError) => {
      assert.match(error.details.hint ?? "", /2026-01-01T01:00:00/);
      return true;
    });
    assert.equal(count(), 1);
  });

  it("tries an unreachable host three times within ten seconds", async () => {
    const clock = instantClock();
    const { attempt, count } = failing(9, () => busy({ isUnreachable: true }));
    await assert.rejects(withRetry(attempt, { clock, random: () => 0.999, ...calm }));
    assert.equal(count(), 3);
    assert.ok(clock.slept.reduce((sum, one) => sum + one, 0) < 10_000);
  });

  it("retries at once when a connection was lost, and then with waits", async () => {
    const clock = instantClock();
    const { attempt } = failing(2, () => busy({ isConnectionLost: true }));
    await withRetry(attempt, { clock, random: () => 0.5, ...calm });
    assert.deepEqual(clock.slept, [0, 1000]);
  });

  it("never retries an error that is not marked as retryable", async () => {
    for (const error of [new Error("a bug"), new RegistryError({ code: "DENIED", message: "no" }, { status: 403 })]) {
      const { attempt, count } = failing(1, () => error);
      await assert.rejects(withRetry(attempt, { clock: instantClock(), random: () => 0, ...calm }));
      assert.equal(count(), 1);
    }
  });

  it("stops retrying when the run is interrupted", async () => {
    const { attempt, count } = failing(9, () => busy());
    await assert.rejects(withRetry(attempt, { clock: instantClock(), random: () => 0, signal: AbortSignal.abort() }));
    assert.equal(count(), 1);
  });
});
