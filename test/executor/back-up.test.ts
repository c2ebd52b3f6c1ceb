import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRegistryEngine } from "../../src/copy/engine.ts";
import { createPutTag } from "../../src/copy/put-existing.ts";
import { applyPlan } from "../../src/executor/apply.ts";
import { digestOf } from "../../src/model/digest.ts";
import type { Report } from "../../src/model/event.ts";
import type { Change } from "../../src/model/plan.ts";
import { change } from "../support/changes.ts";
import { instantClock } from "../support/client.ts";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { smallImage, twoPlatformIndex } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();

const [OLD, NEW, OTHER] = [twoPlatformIndex(1), smallImage(2), smallImage(3)];

type World = {
  readonly target: EmbeddedRegistry;
  readonly update: Change;
  readonly apply: (changes: readonly Change[]) => Promise<Report>;
  readonly at: (tag: string) => string | undefined;
  /** The requests to manifests by tag, such as `HEAD stable`. */
  readonly requests: () => readonly string[];
};

/** `stable` is OLD at the target and is to become NEW; OLD is to be kept as `kept`. */
async function world(options: RegistryOptions = {}): Promise<World> {
  const source = await start();
  const target = await start(options);
  source.putImage("app", "stable", NEW);
  target.putImage("app", "stable", OLD);
  const made = client();
  const engine = createRegistryEngine({ client: made, transfers: 4 });
  return {
    target,
    update: change(`${source.host}/app:stable`, `${target.host}/app:stable`, NEW.digest, {
      action: "update",
      observed: OLD.digest,
      backup: { tag: "kept", observed: null },
    }),
    apply: (changes) =>
      applyPlan({
        plan: { manifestHash: digestOf("test"), changes },
        rules: [],
        engineFor: () => engine,
        putTag: createPutTag(made),
        reader: made.reader,
        emit: () => undefined,
        clock: instantClock(),
        signal: new AbortController().signal,
        concurrency: 4,
        skipBlocked: false,
        failFast: false,
        plannedAt: 0,
      }),
    at: (tag) => target.store.tags("app").get(tag),
    requests: () =>
      target.log
        .filter(({ path, reference = "" }) => path.includes("/manifests/") && !reference.startsWith("sha256:"))
        .map(({ method, reference }) => `${method} ${reference}`),
  };
}

function only({ results }: Report): Report["results"][number]["result"] {
  const [one] = results;
  assert.ok(one);
  return one.result;
}

describe("an update with a backup", () => {
  it("checks the tag, writes the backup tag, and then moves the tag", async () => {
    const { apply, update, at, requests } = await world();
    const result = only(await apply([update]));
    assert.equal(result.outcome, "applied");
    assert.deepEqual(result.notes, ["backed up as kept"]);
    assert.deepEqual([at("stable"), at("kept")], [NEW.digest, OLD.digest]);
    assert.deepEqual(requests(), ["HEAD stable", "HEAD kept", "PUT kept", "PUT stable"]);
  });

  it("does not write a backup that already exists", async () => {
    const { apply, update, target, requests } = await world();
    target.putImage("app", "kept", OLD);
    assert.equal(only(await apply([update])).outcome, "applied");
    assert.deepEqual(requests(), ["HEAD stable", "HEAD kept", "PUT stable"]);
  });

  it("writes no backup if the tag moved since the plan, however recent the plan", async () => {
    const { apply, update, target, at } = await world();
    target.putImage("app", "stable", OTHER);
    assert.equal(only(await apply([update])).error?.code, "TAG_STALE");
    assert.deepEqual([at("stable"), at("kept")], [OTHER.digest, undefined]);
  });

  it("writes no backup if the tag has the wanted image by then", async () => {
    const { apply, update, target, at } = await world();
    target.putImage("app", "stable", NEW);
    const { outcome, notes } = only(await apply([update]));
    assert.deepEqual([outcome, notes, at("kept")], ["unchanged", [], undefined]);
  });

  it("moves nothing if the backup tag got another image since the plan", async () => {
    const { apply, update, target, at } = await world();
    target.putImage("app", "kept", OTHER);
    const { outcome, error } = only(await apply([update]));
    assert.deepEqual([outcome, error?.code, error?.reference], ["stale", "TAG_STALE", `${target.host}/app:kept`]);
    assert.deepEqual([at("stable"), at("kept")], [OLD.digest, OTHER.digest]);
  });

  it("moves a backup tag that had another image in the plan", async () => {
    const { apply, update, target, at } = await world();
    target.putImage("app", "kept", OTHER);
    const rolling = { ...update, backup: { tag: "kept", observed: OTHER.digest } };
    assert.equal(only(await apply([rolling])).outcome, "applied");
    assert.equal(at("kept"), OLD.digest);
  });

  it("moves nothing if the registry refuses the backup, and reports that", async () => {
    const { apply, update, at } = await world({
      onRequest: ({ method, path }) =>
        method === "PUT" && path.endsWith("/manifests/kept") ? { kind: "answer", status: 403 } : undefined,
    });
    const { outcome, error } = only(await apply([update]));
    assert.deepEqual([outcome, error?.code], ["failed", "DENIED"]);
    assert.match(error?.message ?? "", /^the tag was not moved, because its image could not be backed up as "kept": /);
    assert.deepEqual([at("stable"), at("kept")], [OLD.digest, undefined]);
  });

  it("is blocked if the registry keeps the backup tag immutable", async () => {
    const { apply, update, target, at } = await world({ immutable: { product: "harbor", repositories: ["app"] } });
    target.putImage("app", "kept", OTHER);
    const { outcome, block } = only(await apply([{ ...update, backup: { tag: "kept", observed: OTHER.digest } }]));
    assert.equal(outcome, "blocked");
    assert.match(block?.kind === "registry" ? block.message : "", /could not be backed up as "kept": Harbor refuses/);
    assert.deepEqual([at("stable"), at("kept")], [OLD.digest, OTHER.digest]);
  });

  it("reports the backup even if the tag could not be moved afterwards", async () => {
    const { apply, update, at } = await world({
      onRequest: ({ method, path }) =>
        method === "PUT" && path.endsWith("/manifests/stable") ? { kind: "answer", status: 403 } : undefined,
    });
    const { outcome, notes } = only(await apply([update]));
    assert.deepEqual([outcome, notes], ["failed", ["backed up as kept"]]);
    assert.deepEqual([at("stable"), at("kept")], [OLD.digest, OLD.digest]);
  });

  it("moves nothing if the old image no longer exists", async () => {
    const { apply, update, target, at } = await world({
      onRequest: ({ method, path }) =>
        method === "GET" && path.endsWith(OLD.digest) ? { kind: "answer", status: 404 } : undefined,
    });
    assert.equal(only(await apply([update])).error?.code, "CONTENT_MISSING");
    assert.equal(at("stable"), OLD.digest);
    assert.equal(target.countRequests({ method: "PUT", reference: "stable" }), 0);
  });
});
