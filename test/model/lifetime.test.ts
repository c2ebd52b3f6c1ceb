import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lastsFor, usableUntil } from "../../src/model/lifetime.ts";

const MINUTE = 60_000;
const until = (minutes: number, use = {}) => usableUntil({ obtainedAt: 0, expiresAt: minutes * MINUTE }, use);

describe("a lifetime", () => {
  it("ends five minutes early for one hour, and one minute early for five minutes", () => {
    assert.equal(until(60), 55 * MINUTE);
    assert.equal(until(5), 4 * MINUTE);
  });

  it("ends early enough to leave a margin after long work", () => {
    assert.equal(until(60, { isLong: true, workMs: 20 * MINUTE }), 35 * MINUTE);
  });

  it("is halved when it is short, and cut to five seconds when it cannot cover long work", () => {
    assert.equal(until(1), MINUTE / 2);
    assert.equal(until(1, { isLong: true }), 5000);
    assert.equal(until(60, { isLong: true, workMs: 90 * MINUTE }), 5000);
  });

  it("never extends past the expiry", () => {
    assert.equal(usableUntil({ obtainedAt: 0, expiresAt: 1000 }, { isLong: true }), 1000);
    assert.ok(usableUntil({ obtainedAt: 1000, expiresAt: 0 }, {}) <= 1000);
  });

  it("covers work that leaves the margin", () => {
    assert.equal(lastsFor(60 * MINUTE, 55 * MINUTE), true);
    assert.equal(lastsFor(60 * MINUTE, 55 * MINUTE + 1), false);
  });
});
