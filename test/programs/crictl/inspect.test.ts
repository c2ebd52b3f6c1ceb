import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseInspecti } from "../../../src/programs/crictl/inspect.ts";

const ONE = `127.0.0.1:5000/team/one@sha256:${"2c".repeat(32)}`;

describe("crictl inspecti", () => {
  it("returns all names of an image, as crictl 1.36 prints them", () => {
    const status = {
      id: `sha256:${"86".repeat(32)}`,
      pinned: false,
      repoDigests: [ONE],
      repoTags: ["127.0.0.1:5000/team/one:same", "127.0.0.1:5000/team/one:v1"],
      size: "1855",
      username: "",
    };
    const text = JSON.stringify({ info: { imageSpec: { os: "linux" } }, status }, undefined, 2);
    assert.deepEqual(parseInspecti(text), [...status.repoTags, ONE]);
  });

  it("returns no names for an image without names", () => {
    assert.deepEqual(parseInspecti('{"status":{"id":"sha256:1","repoTags":null}}'), []);
  });

  it("refuses output that does not describe an image", () => {
    for (const text of ["", "NAME:\n   crictl", "[]", '{"status":{}}']) {
      assert.throws(() => parseInspecti(text), /not a description of an image/);
    }
  });
});
