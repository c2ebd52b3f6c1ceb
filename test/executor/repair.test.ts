import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRegistryEngine } from "../../src/copy/engine.ts";
import { applyPlan } from "../../src/executor/apply.ts";
import { digestOf } from "../../src/model/digest.ts";
import type { Report } from "../../src/model/event.ts";
import type { Change } from "../../src/model/plan.ts";
import { change } from "../support/changes.ts";
import { instantClock } from "../support/client.ts";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { smallImage, twoPlatformIndex } from "../support/images.ts";
import { startExpiringItem } from "../support/expiring-item.ts";
import { createHold } from "../support/hold.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();

async function repair(changes: readonly Change[], verify = false): Promise<Report> {
  const made = client();
  const engine = createRegistryEngine({ client: made, transfers: 4 });
  return applyPlan({
    plan: { manifestHash: digestOf("test"), changes },
    rules: [],
    engineFor: () => engine,
    reader: made.reader,
    emit: () => undefined,
    clock: instantClock(),
    signal: new AbortController().signal,
    concurrency: 4,
    skipBlocked: false,
    failFast: false,
    repair: true,
    verify,
    plannedAt: 0,
  });
}

const index = twoPlatformIndex(1);
const [child] = index.children;
const [blob] = child?.blobs ?? [];
assert.ok(child !== undefined && blob !== undefined);
const blobDigest = blob.descriptor.digest;
const childDigest = child.digest;

type World = {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  readonly changes: readonly Change[];
};

/** One index under two tags at the target, both in sync. */
async function world(options: RegistryOptions = {}): Promise<World> {
  const [source, target] = [await start(), await start(options)];
  source.putImage("app", "v1", index);
  for (const tag of ["v1", "stable"]) target.putImage("copy", tag, index);
  const right = (tag: string): Change =>
    change(`${source.host}/app:v1`, `${target.host}/copy:${tag}`, index.digest, {
      action: "none",
      observed: index.digest,
    });
  return { source, target, changes: [right("v1"), right("stable")] };
}

describe("repairing", () => {
  it("writes nothing and sends no request to the source when nothing is missing", async () => {
    const { source, target, changes } = await world();
    const report = await repair(changes);
    assert.deepEqual(
      report.results.map(({ result }) => [result.outcome, result.notes]),
      [
        ["unchanged", []],
        ["unchanged", []],
      ],
    );
    assert.equal(target.countRequests(isWrite), 0);
    assert.equal(source.log.length, 0);
  });

  for (const lost of ["blob", "manifest"] as const) {
    it(`fails with --verify when the registry answers 201 for a lost ${lost} and stores nothing`, async () => {
      const { target, changes } = await world({
        onRequest: ({ method, kind, query }) => {
          const isSwallowed = method === "PUT" && kind === (lost === "blob" ? "upload" : "manifest");
          if (!isSwallowed) return undefined;
          const digest = query.get("digest") ?? childDigest;
          return { kind: "answer", status: 201, headers: { "docker-content-digest": digest } };
        },
      });
      if (lost === "blob") target.store.deleteBlob("copy", blobDigest);
      else target.store.deleteManifest("copy", childDigest);
      assert.equal(
        (await repair(changes.slice(0, 1))).outcomes.applied,
        1,
        "the registry's own word counts without it",
      );
      const [only] = (await repair(changes.slice(0, 1), true)).results;
      assert.equal(only?.result.outcome, "failed");
      assert.match(only.result.error?.message ?? "", /accepted the restored content, but does not have it/);
    });
  }

  it("restores a lost blob and a lost manifest by digest, and reports it once", async () => {
    const { source, target, changes } = await world();
    target.store.deleteBlob("copy", blobDigest);
    target.store.deleteManifest("copy", childDigest);
    const { results, outcomes, transferredBytes } = await repair(changes);
    assert.deepEqual([outcomes.applied, outcomes.unchanged], [1, 1]);
    assert.deepEqual(
      results.flatMap(({ result }) => result.notes),
      ["repaired 1 blob and 1 manifest"],
    );
    assert.equal(transferredBytes, blob.bytes.length);
    assert.deepEqual(target.store.getBlob("copy", blobDigest), Buffer.from(blob.bytes));
    assert.deepEqual(target.store.getManifest("copy", childDigest)?.bytes, Buffer.from(child.bytes));
    const puts = target.log.filter(({ method, kind }) => method === "PUT" && kind === "manifest");
    assert.deepEqual(
      puts.map(({ reference }) => reference),
      [childDigest],
    );
    assert.equal(source.countRequests({ kind: "blob" }), 1);
  });

  it("restores a lost blob of a tag in sync, even if the run copies another tag to the repository", async () => {
    const { source, target, changes } = await world();
    target.store.deleteBlob("copy", blobDigest);
    source.putImage("app", "v2", smallImage(7));
    const fresh = change(`${source.host}/app:v2`, `${target.host}/copy:v2`, smallImage(7).digest);
    const { outcomes } = await repair([...changes, fresh]);
    assert.deepEqual([outcomes.applied, outcomes.unchanged, outcomes.failed], [2, 1, 0]);
    assert.ok(target.store.getBlob("copy", blobDigest));
  });

  it("fails for every tag of the image if the source has lost the same blob", async () => {
    const { source, target, changes } = await world();
    for (const [registry, repository] of [
      [source, "app"],
      [target, "copy"],
    ] as const)
      registry.store.deleteBlob(repository, blobDigest);
    const { outcomes, results } = await repair(changes);
    assert.equal(outcomes.failed, 2);
    assert.equal(results[0]?.result.error?.code, "CONTENT_MISSING");
    assert.equal(results[0]?.result.error?.side, "source");
  });

  it("reports what it restored for a tag that waits when the tag that began gives up", async () => {
    const hold = createHold();
    const { target, changes } = await world({
      onRequest: async ({ method, kind }) => (method === "HEAD" && kind === "blob" ? hold.pass() : undefined),
    });
    target.store.deleteBlob("copy", blobDigest);
    const engine = createRegistryEngine({ client: client(), transfers: 4 });
    const { signal, expire } = await startExpiringItem();
    const [v1, stable] = changes;
    assert.ok(v1 !== undefined && stable !== undefined);
    const first = engine.repair?.(v1, { signal });
    const second = engine.repair?.(stable, calm);
    await hold.arrived;
    await expire();
    await assert.rejects(first ?? Promise.resolve(), { code: "REGISTRY_TIMEOUT" });
    hold.release();
    assert.deepEqual(await second, { restoredBlobs: 1, restoredManifests: 0, transferredBytes: blob.bytes.length });
    assert.deepEqual(await engine.repair?.(stable, calm), {
      restoredBlobs: 0,
      restoredManifests: 0,
      transferredBytes: 0,
    });
  });

  it("succeeds for a tag after another tag of the image gave up", async () => {
    const hold = createHold();
    const { changes } = await world({
      onRequest: async ({ method, kind }) => (method === "HEAD" && kind === "blob" ? hold.pass() : undefined),
    });
    const engine = createRegistryEngine({ client: client(), transfers: 4 });
    const giving = new AbortController();
    const [v1, stable] = changes;
    assert.ok(v1 !== undefined && stable !== undefined);
    const first = engine.repair?.(v1, giving);
    await hold.arrived;
    giving.abort(new Error("gave up"));
    await assert.rejects(first ?? Promise.resolve(), { message: "gave up" });
    hold.release();
    assert.equal((await engine.repair?.(stable, calm))?.restoredBlobs, 0);
  });

  it("does nothing if a blocked tag holds the run back", async () => {
    const { target, changes } = await world();
    target.store.deleteBlob("copy", blobDigest);
    const [first] = changes;
    assert.ok(first !== undefined);
    const { outcomes } = await repair([...changes, { ...first, action: "blocked" }]);
    assert.deepEqual([outcomes.blocked, outcomes.unchanged], [1, 2]);
    assert.equal(target.log.length, 0);
  });
});
