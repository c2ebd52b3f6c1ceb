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

/** A run, and the troubles that are open after it. */
type Step = readonly [RunRecord, ...troubles: string[]];

/** The notices that are sent, run by run. */
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
  // the webhook and the heartbeat do not wait for each other
  return all.map((at) => at.toSorted());
}

/** A webhook that answers only when the test says so. */
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
  it("notifies the webhook of changes and trouble, and the heartbeat of runs without trouble", async () => {
    assert.deepEqual(await send([record()], [changed], [failed, "gone"]), [
      ["beat.example"],
      ["beat.example", "chat.example fine"],
      ["chat.example 1 open"],
    ]);
  });

  it("reports the same trouble once, new trouble again, and the recovery", async () => {
    assert.deepEqual(await send([failed, "gone"], [failed, "gone"], [failed, "slow"], [record()], [record()]), [
      ["chat.example 1 open"],
      [],
      ["chat.example 1 open"],
      ["beat.example", "chat.example fine"],
      ["beat.example"],
    ]);
  });

  it("reports neither a recovery nor a success after a clean run of other entries while the trouble lasts", async () => {
    assert.deepEqual(await send([failed, "gone"], [record(), "gone"], [failed, "gone"]), [
      ["chat.example 1 open"],
      [],
      [],
    ]);
  });

  it("reports trouble until the webhook receives it, and each failure to notify once", async () => {
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

  it("sends one message after the other", async () => {
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

  it("keeps a bounded number of messages for a webhook that does not answer", async () => {
    const { open, bodies, notify } = slowWebhook(() => undefined);
    const all = Array.from({ length: 1000 }, () => notify(changed));
    for (let at = 0; at < 10; at += 1) {
      await setImmediate();
      open[at]?.refuse(new Error("timeout"));
    }
    await Promise.all(all);
    assert.equal(bodies.length, 10);
  });

  it("continues when neither the webhook nor the heartbeat can be notified", async () => {
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
