import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRate } from "../../src/http/rate.ts";

const MIB = 1024 * 1024;

describe("the rate of uploads", () => {
  it("is 10 MiB/s until measured, then an average that favors recent uploads, per host", () => {
    const { note, millisecondsFor, of } = createRate();
    assert.deepEqual(of("a"), { bytesPerSecond: 10 * MIB, isMeasured: false });
    assert.equal(millisecondsFor("a", 10 * MIB), 1000);
    note("a", 1000, 60_000);
    assert.equal(millisecondsFor("a", 10 * MIB), 1000);
    note("a", 20 * MIB, 1000);
    assert.equal(millisecondsFor("a", 10 * MIB), 500);
    note("a", 10 * MIB, 1000);
    assert.equal(millisecondsFor("a", 15 * MIB), 1000);
    assert.equal(millisecondsFor("b", 10 * MIB), 1000);
    assert.deepEqual(of("a"), { bytesPerSecond: 15 * MIB, isMeasured: true });
  });
});
