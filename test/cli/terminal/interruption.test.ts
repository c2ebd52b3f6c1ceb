import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import { listenForInterruption } from "../../../src/cli/terminal/interruption.ts";
import type { System } from "../../../src/files/system.ts";

function start(system: System) {
  const signals = new EventEmitter();
  const exits: number[] = [];
  const source = {
    on: (name: string, listener: () => void) => signals.on(name, listener),
    exit: (code: number) => void exits.push(code),
  };
  return { signals, exits, interruption: listenForInterruption(source, system) };
}

describe("interruption", () => {
  for (const [system, name, code] of [
    ["posix", "SIGINT", 130],
    ["posix", "SIGTERM", 143],
    ["windows", "SIGINT", 130],
    ["windows", "SIGBREAK", 130],
  ] as const) {
    it(`by ${name} on ${system} ends the run in order, and a second one ends it at once`, () => {
      const { signals, exits, interruption } = start(system);
      signals.emit(name);
      assert.ok(interruption.signal.aborted);
      assert.equal(interruption.exitCode(), code);
      assert.deepEqual(exits, []);
      signals.emit(name);
      assert.deepEqual(exits, [code]);
    });
  }

  it("listens only to signals that the system has", () => {
    assert.deepEqual(start("windows").signals.eventNames(), ["SIGINT", "SIGBREAK"]);
    assert.deepEqual(start("posix").signals.eventNames(), ["SIGINT", "SIGTERM"]);
  });
});
