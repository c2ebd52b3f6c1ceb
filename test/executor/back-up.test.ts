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
  /** `HEAD stable` for each request to a manifest by tag. */
  readonly requests: () => readonly string[];
};

/** `stable` is OLD at the target and shall be NEW; OLD shall stay as `kept`. */
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
        entries: [],
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
  it("looks at the tag, keeps what it points at under the other tag, and moves it then", async () => {
    const { apply, update, at, requests } = await world();
    const result = only(await apply([update]));
    assert.equal(result.outcome, "applied");
    assert.deepEqual(result.notes, ["backed up as kept"]);
    assert.deepEqual([at("stable"), at("kept")], [NEW.digest, OLD.digest]);
    assert.deepEqual(requests(), ["HEAD stable", "HEAD kept", "PUT kept", "PUT stable"]);
  });

  it("writes no backup that is there already", async () => {
    const { apply, update, target, requests } = await world();
    target.putImage("app", "kept", OLD);
    assert.equal(only(await apply([update])).outcome, "applied");
    assert.deepEqual(requests(), ["HEAD stable", "HEAD kept", "PUT stable"]);
  });

  it("backs nothing up where the tag moved since the plan looked, however short ago that was", async () => {
    const { apply, update, target, at } = await world();
    target.putImage("app", "stable", OTHER);
    assert.equal(only(await apply([update])).error?.code, "TAG_STALE");
    assert.deepEqual([at("stable"), at("kept")], [OTHER.digest, undefined]);
  });

  it("has nothing to keep where the tag is right by now", async () => {
    const { apply, update, target, at } = await world();
    target.putImage("app", "stable", NEW);
    const { outcome, notes } = only(await apply([update]));
    assert.deepEqual([outcome, notes, at("kept")], ["unchanged", [], undefined]);
  });

  it("moves nothing where the backup's tag has another image since the plan looked", async () => {
    const { apply, update, target, at } = await world();
    target.putImage("app", "kept", OTHER);
    const { outcome, error } = only(await apply([update]));
    assert.deepEqual([outcome, error?.code, error?.reference], ["stale", "TAG_STALE", `${target.host}/app:kept`]);
    assert.deepEqual([at("stable"), at("kept")], [OLD.digest, OTHER.digest]);
  });

  it("moves a backup's tag that the plan saw at another image", async () => {
    const { apply, update, target, at } = await world();
    target.putImage("app", "kept", OTHER);
    const rolling = { ...update, backup: { tag: "kept", observed: OTHER.digest } };
    assert.equal(only(await apply([rolling])).outcome, "applied");
    assert.equal(at("kept"), OLD.digest);
  });

  it("moves nothing where the registry refuses the backup, and says so", async () => {
    const { apply, update, at } = await world({
      onRequest: ({ method, path }) =>
        method === "PUT" && path.endsWith("/manifests/kept") ? { kind: "answer", status: 403 } : undefined,
    });
    const { outcome, error } = only(await apply([update]));
    assert.deepEqual([outcome, error?.code], ["failed", "DENIED"]);
    assert.match(error?.message ?? "", /^the tag was not moved, because its image could not be backed up as "kept": /);
    assert.deepEqual([at("stable"), at("kept")], [OLD.digest, undefined]);
  });

  it("ends as blocked where the registry keeps the backup's tag immutable", async () => {
    const { apply, update, target, at } = await world({ immutable: { product: "harbor", repositories: ["app"] } });
    target.putImage("app", "kept", OTHER);
    const { outcome, block } = only(await apply([{ ...update, backup: { tag: "kept", observed: OTHER.digest } }]));
    assert.equal(outcome, "blocked");
    assert.match(block?.kind === "registry" ? block.message : "", /could not be backed up as "kept": Harbor refuses/);
    assert.deepEqual([at("stable"), at("kept")], [OLD.digest, OTHER.digest]);
  });

  it("tells of the backup also where the tag could not be moved then", async () => {
    const { apply, update, at } = await world({
      onRequest: ({ method, path }) =>
        method === "PUT" && path.endsWith("/manifests/stable") ? { kind: "answer", status: 403 } : undefined,
    });
    const { outcome, notes } = only(await apply([update]));
    assert.deepEqual([outcome, notes], ["failed", ["backed up as kept"]]);
    assert.deepEqual([at("stable"), at("kept")], [OLD.digest, OLD.digest]);
  });

  it("moves nothing where the old image is not there any more", async () => {
    const { apply, update, target, at } = await world({
      onRequest: ({ method, path }) =>
        method === "GET" && path.endsWith(OLD.digest) ? { kind: "answer", status: 404 } : undefined,
    });
    assert.equal(only(await apply([update])).error?.code, "CONTENT_MISSING");
    assert.equal(at("stable"), OLD.digest);
    assert.equal(target.countRequests({ method: "PUT", reference: "stable" }), 0);
  });
});
