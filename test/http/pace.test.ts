import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPace } from "../../src/http/pace.ts";

const pace = (): ReturnType<typeof createPace> => createPace({ monotonic: () => 0 });

describe("the pace of a transfer", () => {
  it("is too slow below 10 KiB/s over two minutes of waiting", () => {
    const { isTooSlow } = pace();
    assert.equal(isTooSlow(1000, 60_000), false, "not before the two minutes are over");
    assert.equal(isTooSlow(1000, 60_000), true);
  });

  it("is fast enough at 10 KiB/s, and every two minutes are measured separately", () => {
    const { isTooSlow } = pace();
    assert.equal(isTooSlow(120 * 10 * 1024, 120_000), false);
    assert.equal(isTooSlow(1000, 120_000), true, "what was fast before is no credit");
  });

  it("counts only time spent waiting", () => {
    const { isTooSlow } = pace();
    for (let count = 0; count < 1000; count += 1) assert.equal(isTooSlow(1, 0), false);
  });
});
