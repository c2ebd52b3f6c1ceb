import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRenewing } from "../../../src/credentials/source/renewing.ts";
import type { Credential } from "../../../src/model/credential.ts";
import { secret } from "../../../src/model/secret.ts";

const signal = new AbortController().signal;
const MINUTE = 60_000;

/** A place that counts how often it is asked; what it gives lives for so many minutes. */
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

describe("a credential that is renewed", () => {
  it("is asked for again before its hour is over, once for all", async () => {
    const { pass, find, asked } = place({ minutes: 60 });
    await find();
    pass(54);
    await find();
    assert.equal(asked(), 1);
    pass(1);
    await Promise.all([find(), find(), find()]);
    assert.equal(asked(), 2);
  });

  it("is asked for earlier where the work is longer than what is left of it", async () => {
    const { pass, find, asked } = place({ minutes: 60 });
    await find();
    pass(20);
    await find({ isLong: true, workMs: 30 * MINUTE });
    assert.equal(asked(), 1);
    await find({ isLong: true, workMs: 40 * MINUTE });
    assert.equal(asked(), 2);
  });

  it("is asked for once more, and not again, for each that was refused", async () => {
    const { find, asked } = place({ gives: () => "always the same" });
    const refused = await find();
    await Promise.all([find({ refused }), find({ refused })]);
    await find({ refused });
    assert.equal(asked(), 2);
  });

  it("is the new one for everybody after a refusal", async () => {
    const { find, asked } = place({});
    const refused = await find();
    const [one, two] = await Promise.all([find({ refused }), find({ refused })]);
    assert.ok(one?.kind === "basic" && two?.kind === "basic");
    assert.equal(one.password.reveal(), "secret 2");
    assert.equal(two.password.reveal(), "secret 2");
    assert.equal(asked(), 2);
  });

  it("may fail, and is asked for again after five minutes", async () => {
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
