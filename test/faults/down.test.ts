import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRegistryEngine } from "../../src/copy/engine.ts";
import { applyPlan } from "../../src/executor/apply.ts";
import { digestOf } from "../../src/model/digest.ts";
import { change } from "../support/changes.ts";
import { instantClock } from "../support/client.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();

describe("a host that is down", () => {
  it("costs its retries once for the whole run, and the changes to another host are applied", async () => {
    const [source, up, down] = [await start(), await start(), await start()];
    await down.stop();
    const images = Array.from({ length: 60 }, (_, at) => smallImage(at));
    const changes = images.flatMap((image, at) => {
      source.putImage("app", `v${at}`, image);
      return [down, up].map(({ host }) => change(`${source.host}/app:v${at}`, `${host}/app:v${at}`, image.digest));
    });
    const clock = instantClock();
    const made = client({ clock, random: () => 0.9 });
    const engine = createRegistryEngine({ client: made, transfers: 4 });
    const { signal } = new AbortController();
    const report = await applyPlan({
      plan: { manifestHash: digestOf("test"), changes },
      rules: [],
      engineFor: () => engine,
      reader: made.reader,
      emit: () => undefined,
      clock,
      signal,
      concurrency: 4,
      skipBlocked: false,
      failFast: false,
      plannedAt: 0,
    });
    assert.equal(report.outcomes.applied, 60);
    assert.equal(report.outcomes.failed, 60);
    const codes = new Set(report.results.flatMap(({ result }) => result.error?.code ?? []));
    assert.deepEqual([...codes], ["REGISTRY_UNREACHABLE"]);
    assert.match(report.results.at(-2)?.result.error?.message ?? "", /is paused/);
    assert.ok(clock.slept.length < 40, `${clock.slept.length} waits for 60 changes`);
  });
});
