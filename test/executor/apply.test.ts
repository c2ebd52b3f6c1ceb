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

/** A change that maps `app:TAG` at the source to the same tag at the target. */
function mapping({ source, target }: Pair, seed: number, tag: string, rest: Partial<Change> = {}): Change {
  const image = smallImage(seed);
  source.putImage("app", tag, image);
  return change(`${source.host}/app:${tag}`, `${target.host}/app:${tag}`, image.digest, rest);
}

const everything: ImmutableRule = { position: { file: "images.yaml", line: 3, column: 5 }, repositories: ["**"] };
const block = { kind: "rule", position: everything.position, pattern: "**" } as const;

describe("applyPlan", () => {
  it("applies changes and emits an event for each, with the report last", async () => {
    const at = await pair();
    const { report, events } = await run([mapping(at, 1, "v1"), mapping(at, 2, "v2")]);
    assert.equal(report.outcomes.applied, 2);
    assert.equal(events[0]?.type, "run.started");
    assert.equal(events.at(-1)?.type, "run.finished");
    assert.equal(events.filter(({ type }) => type === "change.finished").length, 2);
    assert.ok(report.transferredBytes > 0);
    assert.equal(at.target.store.tags("app").size, 2);
  });

  it("writes nothing if a change is blocked", async () => {
    const at = await pair();
    const { report } = await run([mapping(at, 1, "v1"), mapping(at, 2, "v2", { action: "blocked", block })]);
    assert.deepEqual({ ...report.outcomes }, { applied: 0, unchanged: 0, blocked: 1, failed: 0, stale: 0, skipped: 1 });
    assert.equal(at.target.log.filter(isWrite).length, 0);
  });

  it("writes nothing if a change of another shard is blocked, unless blocked ones are skipped", async () => {
    const at = await pair();
    const held = await run([mapping(at, 1, "v1")], { others: { blocked: 1, errors: 0 } });
    assert.equal(held.report.outcomes.skipped, 1);
    assert.equal(at.target.log.filter(isWrite).length, 0);
    const skipping = await run([mapping(at, 1, "v1")], { others: { blocked: 1, errors: 0 }, skipBlocked: true });
    assert.equal(skipping.report.outcomes.applied, 1);
  });

  it("deletes nothing, and fails fast, if another shard has a change that cannot be made", async () => {
    const at = await pair();
    const digest = at.target.putImage("app", "old", smallImage(3));
    const changes = [
      mapping(at, 1, "v1"),
      change(`${at.source.host}/app:old`, `${at.target.host}/app:old`, digest, { action: "delete", observed: digest }),
    ];
    const others = { blocked: 0, errors: 1 };
    const { report } = await run(changes, { others });
    assert.equal(report.outcomes.applied, 1);
    assert.deepEqual(report.results.at(-1)?.result.notes, ["deletes skipped: some other changes did not succeed"]);
    assert.ok(at.target.store.tags("app").has("old"));
    const fast = await run([mapping(at, 2, "v2")], { others, failFast: true });
    assert.equal(fast.report.outcomes.skipped, 1);
  });

  it("applies the other changes if blocked ones are skipped", async () => {
    const at = await pair();
    const { report } = await run([mapping(at, 1, "v1"), mapping(at, 2, "v2", { action: "blocked", block })], {
      skipBlocked: true,
    });
    assert.equal(report.outcomes.applied, 1);
    assert.equal(report.outcomes.blocked, 1);
  });

  it("continues after a change that could not be planned, unless failing fast", async () => {
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

  it("starts no further change after a failure when failing fast", async () => {
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

  it("checks an immutable tag again by HEAD and GET right before writing it", async () => {
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

  it("checks a tag again if the plan was reviewed or is more than a minute old", async () => {
    for (const rest of [{ plannedAt: undefined }, { plannedAt: -60_001 }]) {
      const at = await pair();
      await run([mapping(at, 1, "v1")], rest);
      assert.equal(at.target.countRequests({ method: "HEAD", reference: "v1" }), 1);
    }
  });

  it("leaves alone a tag that another client moved since the plan, and applies the others", async () => {
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

  it("blocks an immutable tag that another client created since the plan, names the rule, and applies the others", async () => {
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

  it("counts as unchanged a tag that has the wanted image by then, without writing it", async () => {
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
    it(`reports a change as blocked when ${product} refuses to move the tag`, async () => {
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

  it("counts a refused push as applied when the tag has the wanted digest by then", async () => {
    const image = smallImage(1);
    const at = await pair({
      immutable: { product: "harbor", repositories: ["app"] },
      onRequest: ({ method, path }) => {
        // another client writes the tag just before
        if (method === "PUT" && path.endsWith("/manifests/v1")) at.target.putImage("app", "v1", image);
        return undefined;
      },
    });
    const { report } = await run([mapping(at, 1, "v1")]);
    assert.equal(report.outcomes.applied, 1);
  });

  it("keeps finished changes and starts no more when interrupted", async () => {
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

  it("finishes changes in progress when drained, starts no more, and confirms no deletes", async () => {
    const at = await pair();
    const drain = new AbortController();
    const old = smallImage(9);
    at.target.putImage("app", "old", old);
    const changes = [
      mapping(at, 1, "v1"),
      mapping(at, 2, "v2"),
      change(`${at.source.host}/app:old`, `${at.target.host}/app:old`, old.digest, {
        action: "delete",
        observed: old.digest,
      }),
    ];
    const { report } = await run(changes, {
      concurrency: 1,
      drain: drain.signal,
      emit: ({ type }) => {
        if (type === "change.started") drain.abort();
      },
      confirmDeletes: () => Promise.reject(new Error("the registries were read again")),
    });
    assert.ok(report.interrupted);
    assert.deepEqual(
      report.results.map(({ result }) => [result.outcome, result.notes]),
      [
        ["applied", []],
        ["skipped", ["interrupted before it started"]],
        ["skipped", ["deletes skipped: some other changes did not succeed"]],
      ],
    );
    const alone = await run(changes.slice(2), {
      drain: AbortSignal.abort(),
      confirmDeletes: () => Promise.reject(new Error("the registries were read again")),
    });
    assert.deepEqual(
      alone.report.results.map(({ result }) => [result.outcome, result.notes]),
      [["skipped", ["interrupted before it started"]]],
    );
  });

  it("never tags an image that could not be copied completely", async () => {
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

  it("reports a failure when the registry accepts the push but the tag does not appear", async () => {
    const at = await pair({
      onRequest: ({ method, kind }) =>
        method === "PUT" && kind === "manifest" ? { kind: "answer", status: 201 } : undefined,
    });
    const { report } = await run([mapping(at, 1, "v1")]);
    assert.equal(report.results[0]?.result.outcome, "failed");
    assert.equal(report.results[0]?.result.error?.code, "REGISTRY_PROTOCOL");
  });
});
