import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { traceFind } from "../../src/credentials/trace-find.ts";
import type { Credential } from "../../src/model/credential.ts";
import { secret } from "../../src/model/secret.ts";
import type { TraceEvent } from "../../src/model/trace.ts";

const signal = new AbortController().signal;
const repository = { host: "registry.test", path: "app" };
const password = (text: string): Credential => ({
  kind: "basic",
  username: "u",
  password: secret(text),
  origin: "a file",
});

describe("the trace of credentials", () => {
  it("contains each decision once, without the secret", async () => {
    const events: TraceEvent[] = [];
    const find = traceFind(
      async () => password("canary-91"),
      (event) => events.push(event),
    );
    for (const _ of [1, 2, 3]) await find(repository, { signal });
    await find({ host: "registry.test", path: "other" }, { signal });
    assert.deepEqual(
      events.map((event) => (event.type === "credential" ? [event.repository, event.outcome, event.source] : [])),
      [
        ["registry.test/app", "found", "a file"],
        ["registry.test/other", "found", "a file"],
      ],
    );
    assert.doesNotMatch(JSON.stringify(events), /canary/);
  });

  it("shows a renewal after a refusal, missing credentials and a failed source", async () => {
    const events: TraceEvent[] = [];
    const answers: (() => Credential | undefined)[] = [
      () => password("one"),
      () => password("two"),
      () => undefined,
      () => {
        throw new Error("broken");
      },
    ];
    const find = traceFind(
      async () => answers.shift()?.(),
      (event) => events.push(event),
    );
    await find(repository, { signal });
    await find(repository, { signal, refused: password("one") });
    await find(repository, { signal });
    await assert.rejects(find(repository, { signal }), { message: "broken" });
    assert.deepEqual(
      events.map((event) => (event.type === "credential" ? [event.outcome, event.isRenewal] : [])),
      [
        ["found", false],
        ["found", true],
        ["none", false],
        ["failed", false],
      ],
    );
  });
});
