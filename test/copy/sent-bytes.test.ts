import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRegistryEngine } from "../../src/copy/engine.ts";
import type { Change } from "../../src/model/plan.ts";
import type { Applied, Engine } from "../../src/model/ports.ts";
import { change } from "../support/changes.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { createHold } from "../support/hold.ts";
import { image, type TestImage } from "../support/images.ts";
import { randomLayer } from "../support/layers.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();

const base = randomLayer({ size: 300_000, seed: 1 });
const [first, second] = [2, 3].map((seed) => image({ layers: [base, randomLayer({ size: 20_000, seed })] }));
assert.ok(first !== undefined && second !== undefined);

function sizeOf({ blobs }: TestImage): number {
  return blobs.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function bytesAt(...registries: readonly EmbeddedRegistry[]): number {
  return registries
    .flatMap(({ log }) => log)
    .filter(({ path, method }) => method === "PUT" && path.includes("/blobs/uploads/"))
    .reduce((sum, { bytesIn }) => sum + bytesIn, 0);
}

/** Applies a change, and notes the bytes that it reports as done. */
function apply(engine: Engine, one: Change, signal = calm.signal): { done: number[]; applied: Promise<Applied> } {
  const done: number[] = [];
  const onProgress = ({ doneBytes }: { doneBytes: number }): void => void done.push(doneBytes);
  return { done, applied: engine.apply(one, { signal, onProgress, recheck: async () => "go" }) };
}

/** Two changes of one repository that both wait for the upload of their common layer. */
async function shareAnUpload(signal?: AbortSignal) {
  const hold = createHold();
  const both = createHold();
  const own = new Set<string | null>([first, second].map((copied) => copied?.blobs.at(-1)?.descriptor.digest ?? ""));
  const source = await start({
    onRequest: async ({ method, reference }) =>
      method === "GET" && reference === base.descriptor.digest ? hold.pass() : undefined,
  });
  const target = await start({
    onRequest: async ({ method, query }) => {
      if (method === "PUT") own.delete(query.get("digest"));
      // a change asks for all of its blobs at once, so it waits for the common layer when it sends its own
      if (own.size === 0) void both.pass();
      return undefined;
    },
  });
  const engine = createRegistryEngine({ client: client(), transfers: 4 });
  const [one, other] = [first, second].map((copied, at) => {
    assert.ok(copied !== undefined);
    source.putImage("app", `v${at}`, copied);
    return apply(
      engine,
      change(`${source.host}/app:v${at}`, `${target.host}/app:v${at}`, copied.digest),
      at === 0 ? signal : undefined,
    );
  });
  assert.ok(one !== undefined && other !== undefined);
  await both.arrived;
  return { one, other, target, release: hold.release };
}

describe("the bytes that changes send", () => {
  it("count once if two changes share an upload, whose progress both show", async () => {
    const { one, other, target, release } = await shareAnUpload();
    release();
    const [sent, alsoSent] = await Promise.all([one.applied, other.applied]);
    assert.equal(sent.transferredBytes + alsoSent.transferredBytes, bytesAt(target));
    for (const { done } of [one, other]) {
      const steps = done.filter((bytes) => bytes > 30_000 && bytes < 290_000);
      assert.ok(steps.length > 0, "progress before the end of the common layer");
    }
  });

  it("count for a change that waits when the change that began the upload gives up", async () => {
    const giving = new AbortController();
    const { one, other, release } = await shareAnUpload(giving.signal);
    giving.abort(new Error("gave up"));
    await assert.rejects(one.applied, { message: "gave up" });
    release();
    assert.equal((await other.applied).transferredBytes, sizeOf(second));
  });

  it("count once if they are sent to another host before the change that needs them there begins", async () => {
    const [source, ...targets] = [await start(), await start(), await start()];
    source.putImage("app", "v1", first);
    const changes = targets.map(({ host }) => change(`${source.host}/app:v1`, `${host}/app:v1`, first.digest));
    const engine = createRegistryEngine({ client: client(), transfers: 4 });
    await engine.prepare(changes, calm);
    let sent = 0;
    for (const one of changes) sent += (await apply(engine, one).applied).transferredBytes;
    assert.equal(sent, bytesAt(...targets));
    assert.equal(sent, 2 * sizeOf(first));
  });
});
