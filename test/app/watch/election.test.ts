import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ApiRequest } from "../../../src/cluster/api-client.ts";
import { parseLease } from "../../../src/cluster/lease.ts";
import { type Election, LEASE_TIMINGS, startElection } from "../../../src/app/watch/election.ts";
import { createRandom } from "../../support/random.ts";
import { createLeaseNetwork, type Fate, LEASE, LEASE_PATH, QUICK } from "./support/lease-network.ts";
import { createSimulatedTime } from "./support/simulated-time.ts";

const SECOND = 1000;
const LOST: Fate = { toServerMs: 0, backMs: undefined, isLost: true };

type Replica = { readonly fateOf?: (request: ApiRequest) => Fate; readonly skewMs?: number };

/** Starts replicas, one after another, each with its own clocks and connection. */
async function elect(...replicas: readonly Replica[]) {
  const time = createSimulatedTime();
  const network = createLeaseNetwork(time);
  const notes: string[] = [];
  const elections: Election[] = [];
  for (const [at, { fateOf = () => QUICK, skewMs = 0 }] of replicas.entries()) {
    elections.push(
      startElection({
        store: network.connect(fateOf),
        name: LEASE,
        identity: `replica-${at}`,
        clock: time.clock({ skewMs, origin: at * 1_000_000 }),
        random: () => 0,
        note: (message) => void notes.push(`${at}: ${message}`),
        warn: (message) => void notes.push(`${at}: warning: ${message}`),
      }),
    );
    await time.advanceTo(time.now() + 10);
  }
  const leaders = (): readonly number[] =>
    elections.flatMap((election, at) => (election.term() === undefined ? [] : [at]));
  const record = () => parseLease(network.double.get(LEASE_PATH).json)?.record;
  return { time, network, notes, elections, leaders, record };
}

/** Advances until the condition holds, and returns after how many milliseconds. */
async function timeUntil({ time }: Awaited<ReturnType<typeof elect>>, condition: () => boolean): Promise<number> {
  const from = time.now();
  while (!condition()) {
    if (time.now() - from > 300 * SECOND) throw new Error("never");
    await time.advanceTo(time.now() + 10);
  }
  return time.now() - from;
}

describe("startElection", () => {
  it("lets the first replica lead and the others stand by", async () => {
    const scene = await elect({}, {}, {});
    await scene.time.advanceTo(3600 * SECOND, () => assert.deepEqual(scene.leaders(), [0]));
    const { holder, durationMs, transitions, acquireTime } = scene.record() ?? {};
    assert.deepEqual([holder, durationMs, transitions], ["replica-0", 15_000, 0]);
    assert.match(acquireTime ?? "", /^2026-03-10T00:00:00\.\d{6}Z$/);
    assert.deepEqual(scene.notes, [
      "0: this replica leads: it holds the lease imgsync/watch as replica-0",
      "1: standing by: replica-0 holds the lease imgsync/watch",
      "2: standing by: replica-0 holds the lease imgsync/watch",
    ]);
    assert.deepEqual(
      scene.elections.map((election) => election.status().holder),
      ["replica-0", "replica-0", "replica-0"],
    );
  });

  it("takes over only after the record has not changed for the duration of the lease, however wrong the clocks are", async () => {
    let isDead = false;
    const scene = await elect(
      { fateOf: () => (isDead ? LOST : QUICK), skewMs: -3600 * SECOND },
      { skewMs: 3600 * SECOND },
    );
    await scene.time.advanceTo(60 * SECOND);
    assert.deepEqual(scene.leaders(), [0]);
    isDead = true;
    const milliseconds = await timeUntil(scene, () => scene.leaders().includes(1));
    assert.ok(milliseconds >= LEASE_TIMINGS.durationMs - LEASE_TIMINGS.retryMs, `${milliseconds} ms`);
    assert.ok(milliseconds <= LEASE_TIMINGS.durationMs + 2.2 * LEASE_TIMINGS.retryMs, `${milliseconds} ms`);
    assert.deepEqual([scene.record()?.holder, scene.record()?.transitions], ["replica-1", 1]);
  });

  it("stops its work before the lease could be taken when the API server does not answer", async () => {
    let isDown = false;
    const scene = await elect({ fateOf: () => (isDown ? LOST : QUICK) });
    const term = scene.elections[0]?.term();
    assert.ok(term?.aborted === false);
    await scene.time.advanceTo(61 * SECOND);
    isDown = true;
    const milliseconds = await timeUntil(scene, () => term.aborted);
    assert.ok(milliseconds <= LEASE_TIMINGS.renewDeadlineMs, `${milliseconds} ms`);
    assert.ok(LEASE_TIMINGS.renewDeadlineMs < LEASE_TIMINGS.durationMs);
    assert.deepEqual(scene.notes.slice(1), [
      "0: warning: the API server did not answer about the lease imgsync/watch",
      "0: warning: lost the lease imgsync/watch, so this replica stops its work: it could not be renewed for 10 s",
    ]);
    assert.equal(scene.elections[0]?.status().problem, "the API server did not answer about the lease imgsync/watch");
    isDown = false;
    await timeUntil(scene, () => scene.leaders().length === 1);
    assert.notEqual(scene.elections[0]?.term(), term, "a new term has its own signal");
    assert.equal(scene.elections[0]?.status().problem, undefined);
  });

  it("counts a term from the moment at which the renewal was sent, not from its answer", async () => {
    let fate: Fate = QUICK;
    const scene = await elect({ fateOf: () => fate });
    await scene.time.advanceTo(60 * SECOND);
    // the server accepts the renewal at once, and its answer takes almost as long as an attempt may
    fate = { toServerMs: 1, backMs: 4900 };
    const before = scene.record()?.renewTime;
    await timeUntil(scene, () => scene.record()?.renewTime !== before);
    fate = LOST;
    const milliseconds = await timeUntil(scene, () => scene.leaders().length === 0);
    assert.ok(milliseconds > 5 * SECOND, "the renewal counts");
    assert.ok(milliseconds <= LEASE_TIMINGS.renewDeadlineMs, `${milliseconds} ms`);
  });

  it("keeps its term when an accepted renewal was not answered", async () => {
    let isUnanswered = false;
    const scene = await elect({ fateOf: () => (isUnanswered ? { toServerMs: 1, backMs: undefined } : QUICK) });
    const term = scene.elections[0]?.term();
    await scene.time.advanceTo(20 * SECOND + 500);
    isUnanswered = true;
    await scene.time.advanceTo(23 * SECOND);
    isUnanswered = false;
    await scene.time.advanceTo(60 * SECOND);
    assert.equal(term?.aborted, false);
  });

  it("gives the lease back at the end, and the next replica takes it at once", async () => {
    const scene = await elect({}, {});
    await scene.time.advanceTo(60 * SECOND);
    const ending = scene.elections[0]?.end();
    const milliseconds = await timeUntil(scene, () => scene.leaders().includes(1));
    await ending;
    assert.ok(milliseconds <= 2.2 * LEASE_TIMINGS.retryMs, `${milliseconds} ms`);
    assert.deepEqual(scene.leaders(), [1]);
  });

  it("gives back a lease whose last renewal was cut off after it arrived", async () => {
    let isSlow = false;
    const scene = await elect({ fateOf: () => (isSlow ? { toServerMs: 1, backMs: 3000 } : QUICK) });
    await scene.time.advanceTo(60 * SECOND);
    isSlow = true;
    await timeUntil(scene, () => scene.record()?.renewTime.slice(14, 19) === "01:00");
    isSlow = false;
    const ending = scene.elections[0]?.end();
    await scene.time.advanceTo(scene.time.now() + SECOND);
    await ending;
    assert.equal(scene.record()?.holder, "");
  });

  it("is over at once for a leader that sees another holder", async () => {
    const scene = await elect({});
    await scene.time.advanceTo(60 * SECOND);
    const stored = scene.network.double.get(LEASE_PATH).json as { spec: object };
    scene.network.double.put(LEASE_PATH, { ...stored, spec: { ...stored.spec, holderIdentity: "operator" } });
    await scene.time.advanceTo(63 * SECOND);
    assert.deepEqual(scene.leaders(), []);
    assert.match(scene.notes.at(-2) ?? "", /lost the lease .*: operator holds it$/);
  });

  it("creates a deleted lease again, and has one leader after the next renewal", async () => {
    const scene = await elect({}, {});
    await scene.time.advanceTo(60 * SECOND);
    scene.network.double.remove(LEASE_PATH);
    await scene.time.advanceTo(65 * SECOND);
    assert.equal(scene.leaders().length, 1);
  });

  it("never has two leaders, and has one again when the faults are over, with any delays and losses", async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = createRandom(seed);
      let isFaulty = true;
      const fateOf = (): Fate => {
        if (!isFaulty) return QUICK;
        const dice = random();
        if (dice < 0.2) return LOST;
        const toServerMs = random() * (dice < 0.4 ? 20_000 : 500);
        return { toServerMs, backMs: dice < 0.6 && dice > 0.4 ? undefined : random() * (dice > 0.9 ? 8000 : 300) };
      };
      const skews = [0, 1, 2].map(() => (random() - 0.5) * 7200 * SECOND);
      const scene = await elect(...skews.map((skewMs) => ({ fateOf, skewMs })));
      const led = new Set<number>();
      await scene.time.advanceTo(1800 * SECOND, () => {
        const leaders = scene.leaders();
        assert.ok(leaders.length <= 1, `seed ${seed} at ${scene.time.now()}: ${leaders.join(" and ")} lead`);
        for (const leader of leaders) led.add(leader);
      });
      assert.ok(led.size > 1, `seed ${seed}: no takeover was tested`);
      isFaulty = false;
      await scene.time.advanceTo(1860 * SECOND);
      assert.equal(scene.leaders().length, 1, `seed ${seed}`);
    }
  });
});
