import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RunRecord } from "../../src/model/watch.ts";
import { createNotify } from "../../src/watch/notify.ts";
import { record } from "./support.ts";

const webhook = new URL("https://chat.example/hook");
const heartbeat = new URL("https://beat.example/ping");

const changed = record({ applied: new Map([["create", 1]]) });
const failed = record({ errors: [{ code: "REGISTRY_UNREACHABLE", message: "gone" }] });
const other = record({ errors: [{ code: "RATE_LIMITED", message: "slower" }] });

/** What is told, run by run. */
async function tell(...runs: readonly RunRecord[]): Promise<readonly (readonly string[])[]> {
  const all: string[][] = [];
  const notify = createNotify({
    webhook,
    heartbeat,
    post: async (url, body) => void all.at(-1)?.push(`${url.host} ${body ?? ""}`.trim()),
    message: ({ errors }) => errors[0]?.code ?? "fine",
    onFailure: () => assert.fail("nothing fails"),
  });
  for (const run of runs) {
    all.push([]);
    await notify(run);
  }
  return all;
}

describe("createNotify", () => {
  it("tells the webhook of changes and trouble, the heartbeat of runs without trouble", async () => {
    assert.deepEqual(await tell(record(), changed, failed), [
      ["beat.example"],
      ["chat.example fine", "beat.example"],
      ["chat.example REGISTRY_UNREACHABLE"],
    ]);
  });

  it("tells the same trouble once, other trouble anew, and when all is well again", async () => {
    assert.deepEqual(await tell(failed, failed, other, record(), record()), [
      ["chat.example REGISTRY_UNREACHABLE"],
      [],
      ["chat.example RATE_LIMITED"],
      ["chat.example fine", "beat.example"],
      ["beat.example"],
    ]);
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
    await notify(changed);
    assert.deepEqual(failures, ["webhook", "heartbeat"]);
  });
});
