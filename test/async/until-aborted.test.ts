import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { untilAborted } from "../../src/async/until-aborted.ts";
import { calm } from "../support/scope.ts";

const endless = new Promise<never>(() => undefined);

describe("waiting until a signal fires", () => {
  it("returns the outcome of the task", async () => {
    assert.equal(await untilAborted(Promise.resolve(1), calm.signal), 1);
    await assert.rejects(untilAborted(Promise.reject(new Error("broken")), calm.signal), { message: "broken" });
  });

  it("throws the reason of the signal, also if it has fired before", async () => {
    const leaving = new AbortController();
    const waiting = untilAborted(endless, leaving.signal);
    leaving.abort(new Error("enough"));
    await assert.rejects(waiting, { message: "enough" });
    await assert.rejects(untilAborted(endless, leaving.signal), { message: "enough" });
  });
});
