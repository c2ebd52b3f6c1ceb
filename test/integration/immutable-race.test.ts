import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { describe, it } from "node:test";
import { createRegistryEngine } from "../../src/copy/engine.ts";
import { applyPlan } from "../../src/executor/apply.ts";
import { digestOf } from "../../src/model/digest.ts";
import type { Report } from "../../src/model/event.ts";
import type { Clock } from "../../src/model/ports.ts";
import { change } from "../support/changes.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { smallImage } from "../support/images.ts";
import { requireProgram } from "../support/programs.ts";
import { createPutBarrier } from "../support/put-barrier.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, client, onEnd } = createScope();

const clock: Clock = {
  monotonic: () => performance.now(),
  now: () => new Date(),
  sleep: async (milliseconds, signal) => wait(milliseconds, undefined, { signal }),
  alarm: () => () => undefined,
};

describe("two runs at the same time against a docker-registry, which has no immutable tags", () => {
  it("never both report one of 40 tags under a rule as applied, in ten rounds", async (t) => {
    if (!requireProgram(t, "docker-registry")) return;
    const registry = await startDockerRegistry();
    onEnd(registry.stop);
    const proxy = await startFaultProxy(registry.host);
    onEnd(proxy.stop);
    const barrier = createPutBarrier();
    proxy.setFaults(barrier.onRequest);
    const images = [smallImage(1), smallImage(2)] as const;
    const sources = [await start(), await start()] as const;
    const tags = Array.from({ length: 40 }, (_, at) => `v${at}`);
    for (const [at, source] of sources.entries())
      for (const tag of tags) source.putImage("app", tag, images[at] ?? images[0]);
    const run = async (at: 0 | 1, repository: string): Promise<Report> => {
      const made = client();
      const engine = createRegistryEngine({ client: made, transfers: 4 });
      const { digest } = images[at];
      return applyPlan({
        plan: {
          manifestHash: digestOf("test"),
          changes: tags.map((tag) =>
            change(`${sources[at].host}/app:${tag}`, `${proxy.host}/${repository}:${tag}`, digest),
          ),
        },
        rules: [{ position: { file: "images.yaml", line: 3, column: 5 }, repositories: ["**"] }],
        engineFor: () => engine,
        reader: made.reader,
        emit: () => undefined,
        clock,
        concurrency: 40,
        skipBlocked: false,
        failFast: false,
        plannedAt: clock.monotonic(),
        settle: { lookMs: 400, waitMs: 1000 },
        ...calm,
      });
    };
    let applied = 0;
    for (let round = 0; round < 10; round += 1) {
      const repository = `round${round}`;
      const [first, second] = await Promise.all([run(0, repository), run(1, repository)]);
      const { reader } = client();
      for (const [at, tag] of tags.entries()) {
        assert.equal(barrier.count(repository, tag), 2, "both wrote it");
        const { repository: place } = change(
          `${proxy.host}/x:y`,
          `${proxy.host}/${repository}:${tag}`,
          images[0].digest,
        ).target;
        const now = (await reader.resolve({ repository: place, tag }, calm))?.digest;
        const outcomes = [first.results[at]?.result.outcome, second.results[at]?.result.outcome];
        const loser = now === images[0].digest ? 1 : 0;
        // the other run may have given up too, because it saw the first image while its own PUT was in flight
        assert.equal(outcomes[loser], "blocked", `${repository}:${tag}`);
        assert.ok(["applied", "blocked"].includes(outcomes[1 - loser] ?? ""), `${repository}:${tag}`);
        applied += outcomes.filter((outcome) => outcome === "applied").length;
      }
    }
    assert.ok(applied > 0, "most tags have a winner");
  });
});
