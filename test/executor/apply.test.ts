import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRegistryEngine } from "../../src/copy/engine.ts";
import { applyPlan, type ApplyPlanOptions } from "../../src/executor/apply.ts";
import { digestOf } from "../../src/model/digest.ts";
import type { Event, Report } from "../../src/model/event.ts";
import type { Change } from "../../src/model/plan.ts";
import type { TagReference } from "../../src/model/reference.ts";
import type { ImmutableRule } from "../../src/model/sync-manifest.ts";
import { change } from "../support/changes.ts";
import { instantClock } from "../support/client.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();

type Run = { readonly report: Report; readonly events: readonly Event[] };

async function run(changes: readonly Change[], rest: Partial<ApplyPlanOptions> = {}): Promise<Run> {
  const made = client();
  const engine = createRegistryEngine({ client: made, transfers: 4 });
  const events: Event[] = [];
  const report = await applyPlan({
    plan: { manifestHash: digestOf("test"), changes },
    rules: [],
    entries: [],
    engineFor: () => engine,
    reader: made.reader,
    emit: (event) => events.push(event),
    clock: instantClock(),
    signal: new AbortController().signal,
    concurrency: 4,
    skipBlocked: false,
    failFast: false,
    plannedAt: 0,
    ...rest,
  });
  return { report, events };
}

type Pair = { readonly source: EmbeddedRegistry; readonly target: EmbeddedRegistry };

async function pair(options: Parameters<typeof start>[0] = {}): Promise<Pair> {
  return { source: await start(), target: await start(options) };
}

/** `app:v1` at the source, wished as `app:v1` at the target. */
function mapping({ source, target }: Pair, seed: number, tag: string, rest: Partial<Change> = {}): Change {
  const image = smallImage(seed);
  source.putImage("app", tag, image);
  return change(`${source.host}/app:${tag}`, `${target.host}/app:${tag}`, image.digest, rest);
}

const everything: ImmutableRule = { position: { file: "images.yaml", line: 3, column: 5 }, repositories: ["**"] };
const block = { kind: "rule", position: everything.position, pattern: "**" } as const;

describe("applyPlan", () => {
  it("applies changes and tells each from its start to its end, the report last", async () => {
    const at = await pair();
    const { report, events } = await run([mapping(at, 1, "v1"), mapping(at, 2, "v2")]);
    assert.equal(report.outcomes.applied, 2);
    assert.equal(events[0]?.type, "run.started");
    assert.equal(events.at(-1)?.type, "run.finished");
    assert.equal(events.filter(({ type }) => type === "change.finished").length, 2);
    assert.ok(report.transferredBytes > 0);
    assert.equal(at.target.store.tags("app").size, 2);
  });

  it("writes nothing at all while a change is blocked", async () => {
    const at = await pair();
    const { report } = await run([mapping(at, 1, "v1"), mapping(at, 2, "v2", { action: "blocked", block })]);
    assert.deepEqual({ ...report.outcomes }, { applied: 0, unchanged: 0, blocked: 1, failed: 0, stale: 0, skipped: 1 });
    assert.equal(at.target.log.filter(isWrite).length, 0);
  });

  it("applies the others where blocked ones are to be skipped", async () => {
    const at = await pair();
    const { report } = await run([mapping(at, 1, "v1"), mapping(at, 2, "v2", { action: "blocked", block })], {
      skipBlocked: true,
    });
    assert.equal(report.outcomes.applied, 1);
    assert.equal(report.outcomes.blocked, 1);
  });

  it("goes on after a change that could not be planned, unless failing fast", async () => {
    const error = { code: "SOURCE_NOT_FOUND", message: "gone", side: "source" } as const;
    const at = await pair();
    const changes = [mapping(at, 1, "v1", { action: "error", error }), mapping(at, 2, "v2")];
    const fast = await run(changes, { failFast: true });
    assert.equal(fast.report.outcomes.skipped, 1);
    assert.equal(at.target.log.length, 0);
    const { report } = await run(changes);
    assert.equal(report.outcomes.applied, 1);
    assert.equal(report.outcomes.failed, 1);
  });

  it("begins nothing new after a failure when failing fast", async () => {
    const at = await pair({
      onRequest: ({ path }) => (path.endsWith("/manifests/v0") ? { kind: "answer", status: 400 } : undefined),
    });
    const changes = [0, 1, 2, 3].map((seed) => mapping(at, seed, `v${seed}`));
    const { report } = await run(changes, { failFast: true, concurrency: 1 });
    assert.deepEqual(
      report.results.map(({ result }) => result.outcome),
      ["failed", "skipped", "skipped", "skipped"],
    );
  });

  it("looks at a tag under an immutable rule again right before it is written, by HEAD and by GET", async () => {
    const at = await pair();
    for (const [tag, rest] of [
      ["v1", { rules: [everything] }],
      ["v2", { isProtected: ({ tag: name }: TagReference) => name === "v2" }],
    ] as const) {
      const { report } = await run([mapping(at, 1, tag)], rest);
      assert.equal(report.outcomes.applied, 1);
      const requests = at.target.log.filter(({ path }) => path.endsWith(`/manifests/${tag}`));
      assert.deepEqual(requests.map(({ method }) => method).slice(0, 2), ["HEAD", "GET"]);
    }
  });

  it("looks again where a person has seen the plan, and where the plan's look is old", async () => {
    for (const rest of [{ plannedAt: undefined }, { plannedAt: -60_001 }]) {
      const at = await pair();
      await run([mapping(at, 1, "v1")], rest);
      assert.equal(at.target.countRequests({ method: "HEAD", reference: "v1" }), 1);
    }
  });

  it("leaves a tag alone that another client moved since the plan looked, and applies the others", async () => {
    const at = await pair();
    const moved = mapping(at, 1, "v1");
    at.target.putImage("app", "v1", smallImage(7));
    const { report } = await run([moved, mapping(at, 2, "v2")], { plannedAt: undefined });
    assert.deepEqual(
      report.results.map(({ result }) => result.outcome),
      ["stale", "applied"],
    );
    assert.equal(at.target.store.tags("app").get("v1"), smallImage(7).digest);
  });

  it("blocks a tag of a rule that somebody else made since the plan looked, names the rule, and applies the others", async () => {
    const at = await pair();
    const made = mapping(at, 1, "v1");
    at.target.putImage("app", "v1", smallImage(7));
    const position = { file: "images.yaml", line: 3, column: 5 };
    const rules = [{ repositories: ["**"], tags: ["v*"], position }];
    const { report } = await run([made, mapping(at, 2, "v2")], { rules });
    const [first, second] = report.results.map(({ result }) => result);
    assert.deepEqual([first?.outcome, second?.outcome], ["blocked", "applied"]);
    assert.deepEqual(first?.block, { kind: "rule", position, pattern: "v*" });
    assert.equal(first?.error?.code, "TAG_IMMUTABLE");
    assert.equal(at.target.store.tags("app").get("v1"), smallImage(7).digest);
  });

  it("counts a tag as unchanged that already got there by itself, without writing it", async () => {
    const at = await pair();
    const done = mapping(at, 1, "v1");
    at.target.putImage("app", "v1", smallImage(1));
    const { report } = await run([done], { plannedAt: undefined });
    assert.equal(report.outcomes.unchanged, 1);
    assert.equal(at.target.countRequests({ method: "PUT" }), 0);
  });

  for (const product of [
    "artifact-registry",
    "ecr",
    "harbor",
    "docker-hub",
    "quay",
    "acr",
    "nexus",
    "alibaba",
    "msr",
  ] as const) {
    it(`ends as blocked when ${product} refuses to move the tag`, async () => {
      const at = await pair({ immutable: { product, repositories: ["app"] } });
      const old = at.target.putImage("app", "v1", smallImage(9));
      const { report } = await run([mapping(at, 1, "v1", { action: "update", observed: old }), mapping(at, 2, "v2")]);
      assert.deepEqual(
        report.results.map(({ result }) => result.outcome),
        ["blocked", "applied"],
      );
      const [first] = report.results;
      assert.equal(first?.result.block?.kind, "registry");
      assert.equal(at.target.store.tags("app").get("v1"), old);
    });
  }

  it("takes a refused push for done when the tag has the wanted digest by then", async () => {
    const image = smallImage(1);
    const at = await pair({
      immutable: { product: "harbor", repositories: ["app"] },
      onRequest: ({ method, path }) => {
        // somebody else is faster by a hair
        if (method === "PUT" && path.endsWith("/manifests/v1")) at.target.putImage("app", "v1", image);
        return undefined;
      },
    });
    const { report } = await run([mapping(at, 1, "v1")]);
    assert.equal(report.outcomes.applied, 1);
  });

  it("keeps what is finished and begins nothing more when interrupted", async () => {
    const interruption = new AbortController();
    const at = await pair();
    const changes = [1, 2, 3].map((seed) => mapping(at, seed, `v${seed}`));
    const emit = (event: Event): void => {
      if (event.type === "change.finished") interruption.abort(new DOMException("interrupted", "AbortError"));
    };
    const { report } = await run(changes, { signal: interruption.signal, concurrency: 1, emit });
    assert.equal(report.interrupted, true);
    assert.deepEqual(
      report.results.map(({ result }) => result.outcome),
      ["applied", "skipped", "skipped"],
    );
    assert.deepEqual([...at.target.store.tags("app").keys()], ["v1"]);
  });

  it("never tags an image that could not be copied whole", async () => {
    const at = await pair({
      onRequest: ({ method, kind }) =>
        method === "PUT" && kind === "upload" ? { kind: "answer", status: 507 } : undefined,
    });
    const { report } = await run([mapping(at, 1, "v1")]);
    const [only] = report.results;
    assert.equal(only?.result.outcome, "failed");
    assert.equal(only?.result.error?.side, "target");
    assert.equal(at.target.countRequests({ method: "PUT", kind: "manifest" }), 0);
  });

  it("reports a failure where the registry accepts the push and the tag does not come", async () => {
    const at = await pair({
      onRequest: ({ method, kind }) =>
        method === "PUT" && kind === "manifest" ? { kind: "answer", status: 201 } : undefined,
    });
    const { report } = await run([mapping(at, 1, "v1")]);
    assert.equal(report.results[0]?.result.outcome, "failed");
    assert.equal(report.results[0]?.result.error?.code, "REGISTRY_PROTOCOL");
  });
});
