import assert from "node:assert/strict";
import { setTimeout as realWait } from "node:timers/promises";
import { describe, it } from "node:test";
import { createRegistryEngine } from "../../src/copy/engine.ts";
import { applyPlan, type ApplyPlanOptions } from "../../src/executor/apply.ts";
import { digestOf } from "../../src/model/digest.ts";
import type { ChangeResult, Report } from "../../src/model/event.ts";
import type { Change } from "../../src/model/plan.ts";
import type { Clock } from "../../src/model/ports.ts";
import type { ImmutableRule } from "../../src/model/sync-manifest.ts";
import { change } from "../support/changes.ts";
import { instantClock } from "../support/client.ts";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import type { RegistryRequest } from "../support/embedded-registry/request.ts";
import { smallImage } from "../support/images.ts";
import { createPutBarrier } from "../support/put-barrier.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();

const RULE: ImmutableRule = {
  position: { file: "images.yaml", line: 3, column: 5 },
  repositories: ["**"],
  tags: ["v*"],
};
const [OURS, THEIRS] = [smallImage(1), smallImage(2)];

type World = { readonly source: EmbeddedRegistry; readonly target: EmbeddedRegistry };

async function world(options: RegistryOptions = {}): Promise<World> {
  const source = await start();
  source.putImage("app", "v1", OURS);
  return { source, target: await start(options) };
}

const toCreate = ({ source, target }: World): Change =>
  change(`${source.host}/app:v1`, `${target.host}/app:v1`, OURS.digest);

async function apply(changes: readonly Change[], rest: Partial<ApplyPlanOptions> = {}): Promise<Report> {
  const made = client();
  const engine = createRegistryEngine({ client: made, transfers: 4 });
  return applyPlan({
    plan: { manifestHash: digestOf("test"), changes },
    rules: [RULE],
    engineFor: () => engine,
    reader: made.reader,
    emit: () => undefined,
    clock: quietClock(),
    signal: new AbortController().signal,
    concurrency: 8,
    skipBlocked: false,
    failFast: false,
    plannedAt: 0,
    ...rest,
  });
}

function only({ results }: Report): ChangeResult {
  const [one] = results;
  assert.ok(one);
  return one.result;
}

/** An instant clock on which the periodic check of a tag during its PUT never happens. */
function quietClock(): ReturnType<typeof instantClock> {
  const clock = instantClock();
  return {
    ...clock,
    sleep: (milliseconds, signal) => (milliseconds === 1000 ? untilAborted(signal) : clock.sleep(milliseconds, signal)),
  };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}

/** The real clock, for races that need real time. */
const realClock: Clock = {
  monotonic: () => performance.now(),
  now: () => new Date(),
  sleep: async (milliseconds, signal) => realWait(milliseconds, undefined, { signal }),
  alarm: () => () => undefined,
};

const isOfTag = ({ kind, reference }: RegistryRequest): boolean => kind === "manifest" && reference === "v1";
const isTagPut = (request: RegistryRequest): boolean => isOfTag(request) && request.method === "PUT";

describe("a tag under an immutable rule", () => {
  it("does not move when HEAD reports it absent and GET finds it", async () => {
    const at = await world({
      onRequest: (request) =>
        isOfTag(request) && request.method === "HEAD" ? { kind: "answer", status: 404 } : undefined,
    });
    at.target.putImage("app", "v1", THEIRS);
    const result = only(await apply([toCreate(at)]));
    assert.equal(result.outcome, "blocked");
    assert.deepEqual(result.block, { kind: "rule", position: RULE.position, pattern: "v*" });
    assert.equal(at.target.store.tags("app").get("v1"), THEIRS.digest);
  });

  it("is not written when its 404 comes from something in front of the registry", async () => {
    const at = await world({
      onRequest: (request) =>
        isOfTag(request) && request.method !== "PUT"
          ? { kind: "answer", status: 404, body: "default backend - 404" }
          : undefined,
    });
    at.target.putImage("app", "v1", THEIRS);
    const result = only(await apply([toCreate(at)]));
    assert.equal(result.outcome, "failed");
    assert.match(result.error?.message ?? "", /could not determine whether the tag exists: .* default backend - 404/);
    assert.equal(at.target.store.tags("app").get("v1"), THEIRS.digest);
  });

  it("is not written again after a lost PUT when HEAD hides the image of another client", async () => {
    let puts = 0;
    const at: World = await world({
      onRequest: (request) => {
        if (isOfTag(request) && request.method === "HEAD") return { kind: "answer", status: 404 };
        if (!isTagPut(request)) return undefined;
        puts += 1;
        // another client writes the tag while the first PUT is in flight
        if (puts > 1) return undefined;
        at.target.putImage("app", "v1", THEIRS);
        return { kind: "drop" };
      },
    });
    const result = only(await apply([toCreate(at)]));
    assert.equal(result.outcome, "blocked");
    assert.match(result.error?.message ?? "", new RegExp(`another client wrote ${THEIRS.digest}`));
    assert.equal(at.target.store.tags("app").get("v1"), THEIRS.digest);
    assert.equal(puts, 1);
  });

  it("is read again after its PUT, after a pause that lets other clients finish", async () => {
    const at = await world();
    const clock = quietClock();
    assert.equal(only(await apply([toCreate(at)], { clock })).outcome, "applied");
    assert.deepEqual(
      at.target.log.filter(({ reference }) => reference === "v1").map(({ method }) => method),
      ["HEAD", "GET", "PUT", "HEAD"],
    );
    assert.deepEqual(clock.slept, [2000]);
  });

  it("is read again at once if the registry keeps it immutable", async () => {
    const at = await world();
    const clock = quietClock();
    const report = await apply([toCreate(at)], { clock, rules: [], isProtected: () => true });
    assert.equal(only(report).outcome, "applied");
    assert.equal(at.target.countRequests({ method: "HEAD", reference: "v1" }), 2);
    assert.deepEqual(clock.slept, []);
  });

  it("is reported as blocked, with the rule and the other image, when another client moves it right after the PUT", async () => {
    const at = await world();
    const clock = quietClock();
    const sleep: Clock["sleep"] = async (milliseconds, signal) => {
      if (milliseconds === 2000) at.target.putImage("app", "v1", THEIRS);
      return clock.sleep(milliseconds, signal);
    };
    const report = await apply([toCreate(at)], { clock: { ...clock, sleep } });
    const result = only(report);
    assert.equal(report.outcomes.applied, 0);
    assert.equal(result.outcome, "blocked");
    assert.deepEqual(result.block, { kind: "rule", position: RULE.position, pattern: "v*" });
    assert.match(result.error?.message ?? "", new RegExp(`another client wrote ${THEIRS.digest} to the tag`));
  });

  it("is given up when another client writes it during a slow PUT", async () => {
    const seen = Promise.withResolvers<void>();
    let puts = 0;
    const at: World = await world({
      onRequest: async (request) => {
        if (!isTagPut(request)) return undefined;
        puts += 1;
        at.target.putImage("app", "v1", THEIRS);
        await seen.promise;
        return { kind: "drop" };
      },
    });
    const report = await apply([toCreate(at)], {
      clock: realClock,
      settle: { lookMs: 20, waitMs: 2000 },
    });
    seen.resolve();
    assert.equal(only(report).outcome, "blocked");
    assert.match(only(report).error?.message ?? "", new RegExp(`another client wrote ${THEIRS.digest}`));
    assert.equal(puts, 1);
    assert.equal(at.target.store.tags("app").get("v1"), THEIRS.digest);
  });

  it("is never reported as applied if it could not be read again", async () => {
    let isWritten = false;
    const at = await world({
      onRequest: (request) => {
        if (isTagPut(request)) isWritten = true;
        else if (isWritten && isOfTag(request)) return { kind: "answer", status: 500 };
        return undefined;
      },
    });
    const result = only(await apply([toCreate(at)]));
    assert.equal(result.outcome, "failed");
    assert.match(result.error?.message ?? "", /^it was written, but could not be read again: /);
  });

  it("is never reported as applied if the run is interrupted before it is read again", async () => {
    const at = await world();
    const clock = quietClock();
    const interruption = new AbortController();
    const sleep: Clock["sleep"] = async (milliseconds, signal) => {
      if (milliseconds === 2000) interruption.abort();
      return clock.sleep(milliseconds, signal);
    };
    const result = only(await apply([toCreate(at)], { clock: { ...clock, sleep }, signal: interruption.signal }));
    assert.equal(result.outcome, "skipped");
    assert.equal(result.error?.code, "INTERRUPTED");
    assert.match(result.error.message, /after the tag was written and before it was read again/);
  });

  it("prevents deletes in the same run if another client took it", async () => {
    const at = await world();
    const stale = at.target.putImage("app", "old", THEIRS);
    const clock = quietClock();
    const sleep: Clock["sleep"] = async (milliseconds, signal) => {
      at.target.putImage("app", "v1", THEIRS);
      return clock.sleep(milliseconds, signal);
    };
    const gone = change(`${at.source.host}/app:old`, `${at.target.host}/app:old`, OURS.digest, {
      action: "delete",
      observed: stale,
    });
    const report = await apply([toCreate(at), gone], { clock: { ...clock, sleep } });
    assert.deepEqual(
      report.results.map(({ result }) => result.outcome),
      ["blocked", "skipped"],
    );
  });
});

describe("two concurrent runs with different images for the same 40 immutable tags", () => {
  it("never both report a tag as applied, although both wrote it", async () => {
    const tags = Array.from({ length: 40 }, (_, at) => `v${at}`);
    const barrier = createPutBarrier();
    const [one, other] = [await start(), await start()];
    const target = await start(barrier);
    for (const tag of tags) {
      one.putImage("app", tag, OURS);
      other.putImage("app", tag, THEIRS);
    }
    const settle = { lookMs: 200, waitMs: 500 };
    let applied = 0;
    for (let round = 0; round < 10; round += 1) {
      const repository = `round${round}`;
      const run = ({ host }: EmbeddedRegistry, { digest }: typeof OURS): Promise<Report> =>
        apply(
          tags.map((tag) => change(`${host}/app:${tag}`, `${target.host}/${repository}:${tag}`, digest)),
          { clock: realClock, settle, concurrency: 40 },
        );
      const reports = await Promise.all([run(one, OURS), run(other, THEIRS)]);
      const [first, second] = reports.map(({ results }) => results.map(({ result }) => result.outcome));
      for (const [at, tag] of tags.entries()) {
        assert.equal(barrier.count(repository, tag), 2, "both wrote it");
        const outcomes = [first?.[at], second?.[at]];
        const loser = target.store.tags(repository).get(tag) === OURS.digest ? 1 : 0;
        // the winner may have given up as well, because it saw the other image while its own PUT was in flight
        assert.equal(outcomes[loser], "blocked", `${repository}:${tag}`);
        assert.ok(["applied", "blocked"].includes(outcomes[1 - loser] ?? ""), `${repository}:${tag}`);
        applied += outcomes.filter((outcome) => outcome === "applied").length;
      }
    }
    assert.ok(applied > 0, "most tags have a winner");
  });
});
