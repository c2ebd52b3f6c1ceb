import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRenewing } from "../../../src/credentials/source/renewing.ts";
import type { Credential } from "../../../src/model/credential.ts";
import { secret } from "../../../src/model/secret.ts";

const signal = new AbortController().signal;
const MINUTE = 60_000;

/** A source that counts how often it is asked; its credentials live for the given minutes. */
function place({
  minutes,
  gives = (count: number) => `secret ${count}`,
}: {
  minutes?: number;
  gives?: (count: number) => string;
}) {
  let time = 0;
  let count = 0;
  const renewing = createRenewing({ now: () => new Date(time) });
  const ask = async (): Promise<Credential> => {
    count += 1;
    const expiresAt = minutes === undefined ? {} : { expiresAt: new Date(time + minutes * MINUTE) };
    return { kind: "basic", username: "me", password: secret(gives(count)), origin: "place", ...expiresAt };
  };
  return {
    pass: (passing: number) => (time += passing * MINUTE),
    find: (options = {}) => renewing("key", { signal, ...options }, ask),
    asked: () => count,
  };
}

describe("a renewed credential", () => {
  it("is requested again before it expires, once for all callers", async () => {
    const { pass, find, asked } = place({ minutes: 60 });
    await find();
    pass(54);
    await find();
    assert.equal(asked(), 1);
    pass(1);
    await Promise.all([find(), find(), find()]);
    assert.equal(asked(), 2);
  });

  it("is requested earlier if the work takes longer than its remaining lifetime", async () => {
    const { pass, find, asked } = place({ minutes: 60 });
    await find();
    pass(20);
    await find({ isLong: true, workMs: 30 * MINUTE });
    assert.equal(asked(), 1);
    await find({ isLong: true, workMs: 40 * MINUTE });
    assert.equal(asked(), 2);
  });

  it("is requested once more after a refusal, and not again for the same credential", async () => {
    const { find, asked } = place({ gives: () => "always the same" });
    const refused = await find();
    await Promise.all([find({ refused }), find({ refused })]);
    await find({ refused });
    assert.equal(asked(), 2);
  });

  it("is that of a query in progress, also for a caller whose credential was refused", async () => {
    const { pass, find, asked } = place({ minutes: 60, gives: () => "always the same" });
    const refused = await find();
    pass(56);
    await Promise.all([find(), find({ refused })]);
    assert.equal(asked(), 2);
    await find({ refused });
    assert.equal(asked(), 3);
  });

  it("is the new one for all callers after a refusal", async () => {
    const { find, asked } = place({});
    const refused = await find();
    const [one, two] = await Promise.all([find({ refused }), find({ refused })]);
    assert.ok(one?.kind === "basic" && two?.kind === "basic");
    assert.equal(one.password.reveal(), "secret 2");
    assert.equal(two.password.reveal(), "secret 2");
    assert.equal(asked(), 2);
  });

  it("is requested again five minutes after a failure", async () => {
    const { pass, find, asked } = place({
      gives: (count) => {
        if (count === 1) throw new Error("down");
        return "up";
      },
    });
    await assert.rejects(find(), /down/);
    await assert.rejects(find(), /down/);
    pass(6);
    assert.ok(await find());
    assert.equal(asked(), 2);
  });
});
