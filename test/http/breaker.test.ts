import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createBreaker } from "../../src/http/breaker.ts";
import { RegistryError } from "../../src/http/error.ts";
import { instantClock } from "../support/client.ts";
import { calm } from "../support/scope.ts";

const HOST = "registry.example.com";

function down(): Promise<never> {
  const error = new RegistryError(
    { code: "REGISTRY_UNREACHABLE", message: "refused" },
    { isRetryable: true, isUnreachable: true },
  );
  return Promise.reject(error);
}

/** A breaker that is open after five failures over five seconds. */
async function opened(): Promise<{
  readonly breaker: ReturnType<typeof createBreaker>;
  readonly clock: ReturnType<typeof instantClock>;
}> {
  const clock = instantClock();
  const breaker = createBreaker({ clock });
  for (let count = 1; count <= 5; count += 1) {
    await assert.rejects(breaker.run(HOST, down), { message: "refused" });
    await clock.sleep(1250, calm.signal);
  }
  return { breaker, clock };
}

describe("the circuit breaker of a host", () => {
  it("rejects requests at once after five failures in a row, and shows until when", async () => {
    const { breaker } = await opened();
    await assert.rejects(
      breaker.run(HOST, async () => assert.fail("it was asked")),
      ({ details, facts }: RegistryError) => {
        assert.match(details.message, /the last 5 requests to it got no answer/);
        assert.match(details.hint ?? "", /2026-01-01T00:00:3\d/);
        assert.notEqual(facts.isRetryable, true);
        return true;
      },
    );
    assert.equal(await breaker.run("other.example.com", async () => "answer"), "answer");
  });

  it("lets one request probe the host after 30 seconds, and all through once it is answered", async () => {
    const { breaker, clock } = await opened();
    await clock.sleep(30_000, calm.signal);
    const { promise, resolve } = Promise.withResolvers<string>();
    const probe = breaker.run(HOST, () => promise);
    await assert.rejects(
      breaker.run(HOST, async () => "too early"),
      /is paused/,
    );
    resolve("answer");
    assert.equal(await probe, "answer");
    assert.equal(await breaker.run(HOST, async () => "answer"), "answer");
  });

  it("keeps rejecting requests when the probe fails too", async () => {
    const { breaker, clock } = await opened();
    await clock.sleep(30_000, calm.signal);
    await assert.rejects(breaker.run(HOST, down), { message: "refused" });
    await assert.rejects(breaker.run(HOST, down), /is paused/);
  });

  it("tolerates many failures at once, as when a registry restarts", async () => {
    const breaker = createBreaker({ clock: instantClock() });
    await Promise.allSettled(Array.from({ length: 20 }, () => breaker.run(HOST, down)));
    assert.equal(await breaker.run(HOST, async () => "answer"), "answer");
  });

  it("starts counting again after an answer", async () => {
    const clock = instantClock();
    const breaker = createBreaker({ clock });
    for (let count = 1; count <= 12; count += 1) {
      if (count % 4 === 0) await breaker.run(HOST, async () => "answer");
      else await assert.rejects(breaker.run(HOST, down), { message: "refused" });
      await clock.sleep(5000, calm.signal);
    }
    assert.equal(await breaker.run(HOST, async () => "answer"), "answer");
  });
});
