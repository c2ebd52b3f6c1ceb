import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nearest } from "../../src/text/nearest.ts";

const KEYS = ["source", "target", "tags", "engine", "platforms", "referrers", "optional"];

describe("nearest", () => {
  it("finds the intended key", () => {
    for (const [text, meant] of [
      ["tgas", "tags"],
      ["tag", "tags"],
      ["sorce", "source"],
      ["Target", "target"],
      ["referers", "referrers"],
    ]) {
      assert.equal(nearest(text ?? "", KEYS), meant, text);
    }
  });

  it("suggests nothing when no key is close", () => {
    for (const text of ["x", "", "destination", "images"]) assert.equal(nearest(text, KEYS), undefined, text);
  });
});
