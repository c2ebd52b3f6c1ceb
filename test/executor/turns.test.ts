import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { turnsOf } from "../../src/executor/turns.ts";
import { digestOf } from "../../src/model/digest.ts";
import { change } from "../support/changes.ts";

const one = change("a.test/app:v1", "b.test/app:v1", digestOf(""));
const MIB = 1024 * 1024;

describe("the turns of changes", () => {
  it("let more small images be in progress than large ones and ones of unknown size", () => {
    const { capacity, weightOf } = turnsOf({ concurrency: 8, smallConcurrency: 32 });
    const atOnce = (bytes?: number): number =>
      capacity / weightOf({ ...one, ...(bytes === undefined ? {} : { bytes }) });
    assert.equal(atOnce(MIB), 32);
    assert.equal(atOnce(100 * MIB), 8);
    assert.equal(atOnce(), 8);
    assert.equal(capacity / weightOf({ ...one, bytes: MIB, engine: "docker" }), 8);
  });

  it("are as many as was chosen, whatever the size", () => {
    const { capacity, weightOf } = turnsOf({ concurrency: 3 });
    assert.equal(capacity / weightOf({ ...one, bytes: MIB }), 3);
    assert.equal(capacity / weightOf(one), 3);
  });

  it("are shared between pairs of hosts", () => {
    const { groupOf } = turnsOf({ concurrency: 8 });
    assert.equal(groupOf(one), groupOf(change("a.test/other:v1", "b.test/other:v1", digestOf(""))));
    assert.notEqual(groupOf(one), groupOf(change("a.test/app:v1", "c.test/app:v1", digestOf(""))));
    assert.notEqual(groupOf(one), groupOf(change("c.test/app:v1", "b.test/app:v1", digestOf(""))));
  });
});
