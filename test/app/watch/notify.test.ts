import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { RunRecord } from "../../../src/model/watch.ts";
import { createNotify } from "../../../src/app/watch/notify.ts";
import { record } from "./support.ts";

const webhook = new URL("https://chat.example/hook");
const heartbeat = new URL("https://beat.example/ping");

const changed = record({ applied: new Map([["create", 1]]) });
const failed = record({ errors: [{ code: "REGISTRY_UNREACHABLE", message: "gone" }] });

/** A run, and what is wrong after it. */
type Step = readonly [RunRecord, ...troubles: string[]];

/** What is told, run by run. */
async function send(...steps: readonly Step[]): Promise<readonly (readonly string[])[]> {
  const all: string[][] = [];
  const notify = createNotify({
    webhook,
    heartbeat,
    post: async (url, body) => void all.at(-1)?.push(`${url.host} ${body ?? ""}`.trim()),
    message: (_, open) => (open === 0 ? "fine" : `${open} open`),
    onFailure: () => assert.fail("nothing fails"),
  });
  for (const [run, ...troubles] of steps) {
    all.push([]);
    await notify(run, { troubles: new Set(troubles) });
  }
  // the two do not wait for each other
  return all.map((at) => at.toSorted());
}

/** A webhook that takes messages only when it is told to. */
function slowWebhook(onFailure: (text: string) => void = assert.fail) {
  const open: { readonly body: string; readonly take: () => void; readonly refuse: (why: Error) => void }[] = [];
  const bodies: string[] = [];
  const notify = createNotify({
    webhook,
    post: async (_, body = "") => {
      const { promise, resolve: take, reject: refuse } = Promise.withResolvers<void>();
      open.push({ body, take, refuse });
      bodies.push(body);
      await promise;
    },
    message: ({ startedAt }) => String(startedAt.getTime()),
    onFailure: (_, thrown) => onFailure(String(thrown)),
  });
  return {
    open,
    bodies,
    notify: (run: RunRecord, ...troubles: readonly string[]) => notify(run, { troubles: new Set(troubles) }),
  };
}

describe("createNotify", () => {
  it("tells the webhook of changes and trouble, the heartbeat of runs without trouble", async () => {
    assert.deepEqual(await send([record()], [changed], [failed, "gone"]), [
      ["beat.example"],
      ["beat.example", "chat.example fine"],
      ["chat.example 1 open"],
    ]);
  });

  it("tells the same trouble once, other trouble anew, and when all is well again", async () => {
    assert.deepEqual(await send([failed, "gone"], [failed, "gone"], [failed, "slow"], [record()], [record()]), [
      ["chat.example 1 open"],
      [],
      ["chat.example 1 open"],
      ["beat.example", "chat.example fine"],
      ["beat.example"],
    ]);
  });

  it("is not misled by runs of other entries, which end well while the trouble lasts", async () => {
    assert.deepEqual(await send([failed, "gone"], [record(), "gone"], [failed, "gone"]), [
      ["chat.example 1 open"],
      ["beat.example"],
      [],
    ]);
  });

  it("tells trouble again that nobody heard of, and says once why nobody could be told", async () => {
    const failures: string[] = [];
    const answers = [new Error("status 500"), new Error("status 500"), undefined, new Error("status 500")];
    const bodies: string[] = [];
    const notify = createNotify({
      webhook,
      post: async (_, body = "") => {
        bodies.push(body);
        const answer = answers.shift();
        if (answer !== undefined) throw answer;
      },
      message: (_, open) => `${open} open`,
      onFailure: (what, thrown) => void failures.push(`${what}: ${String(thrown)}`),
    });
    for (const troubles of [["a"], ["a"], ["a"], ["a"], ["a", "b"]])
      await notify(failed, { troubles: new Set(troubles) });
    assert.deepEqual(bodies, ["1 open", "1 open", "1 open", "2 open"]);
    assert.deepEqual(failures, ["webhook: Error: status 500", "webhook: Error: status 500"]);
  });

  it("tells one thing after the other", async () => {
    const { open, bodies, notify } = slowWebhook();
    const at = (time: number): RunRecord => record({ startedAt: new Date(time), applied: new Map([["create", 1]]) });
    const both = Promise.all([notify(at(1)), notify(at(2))]);
    await setImmediate();
    assert.deepEqual(bodies, ["1"]);
    open[0]?.take();
    await setImmediate();
    assert.deepEqual(bodies, ["1", "2"]);
    open[1]?.take();
    await both;
  });

  it("keeps only so many runs for a receiver that does not answer", async () => {
    const { open, bodies, notify } = slowWebhook(() => undefined);
    const all = Array.from({ length: 1000 }, () => notify(changed));
    for (let at = 0; at < 10; at += 1) {
      await setImmediate();
      open[at]?.refuse(new Error("timeout"));
    }
    await Promise.all(all);
    assert.equal(bodies.length, 10);
  });

  it("goes on where nobody can be told", async () => {
    const failures: string[] = [];
    const notify = createNotify({
      webhook,
      heartbeat,
      post: async ({ host }) => {
        throw new Error(host);
      },
      message: () => "{}",
      onFailure: (what) => void failures.push(what),
    });
    await notify(changed, { troubles: new Set() });
    assert.deepEqual(failures.toSorted(), ["heartbeat", "webhook"]);
  });
});
