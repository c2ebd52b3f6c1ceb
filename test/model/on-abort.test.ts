import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { onAbort } from "../../src/model/on-abort.ts";

describe("waiting for a signal", () => {
  it("calls back everyone who still waits, once", () => {
    const controller = new AbortController();
    const called: string[] = [];
    onAbort(controller.signal, () => called.push("first"));
    const cancel = onAbort(controller.signal, () => called.push("cancelled"));
    onAbort(controller.signal, () => called.push("last"));
    cancel();
    controller.abort();
    controller.abort();
    assert.deepEqual(called, ["first", "last"]);
  });

  it("takes one listener for all who wait", () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    for (let waiter = 0; waiter < 1000; waiter += 1) onAbort(signal, () => undefined);
    assert.equal(listeners, 1);
  });

  it("lets a callback cancel another one", () => {
    const controller = new AbortController();
    const called: string[] = [];
    onAbort(controller.signal, () => cancel());
    const cancel = onAbort(controller.signal, () => called.push("cancelled"));
    controller.abort();
    assert.deepEqual(called, []);
  });
});
