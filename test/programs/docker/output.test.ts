import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLayerCount, parseLayerLine, parsePushedDigest } from "../../../src/programs/docker/output.ts";

const DIGEST = `sha256:${"9".repeat(64)}`;

describe("the output of pull and push", () => {
  it("shows the state of each layer", () => {
    assert.deepEqual(parseLayerLine("4cade40a1cd3: Preparing"), { id: "4cade40a1cd3", state: "seen" });
    assert.deepEqual(parseLayerLine("4cade40a1cd3: Pushed"), { id: "4cade40a1cd3", state: "moved" });
    assert.deepEqual(parseLayerLine("4cade40a1cd3: Mounted from a/test"), { id: "4cade40a1cd3", state: "present" });
    assert.deepEqual(parseLayerLine("4cade40a1cd3: Pull complete"), { id: "4cade40a1cd3", state: "moved" });
    const blob = "ace2a91a16046c3a485aace48b76f5faa065bb9b3bbe12944817ca5bad2f13cc";
    assert.deepEqual(parseLayerLine(`Copying blob sha256:${blob}`), { id: "ace2a91a1604", state: "moved" });
    assert.deepEqual(parseLayerLine(`Copying blob ${blob} skipped: already exists`), {
      id: "ace2a91a1604",
      state: "present",
    });
    const nerdctl = `layer-sha256:${blob}:    done           |[32m++++[0m|`;
    assert.deepEqual(parseLayerLine(nerdctl), { id: "ace2a91a1604", state: "moved" });
  });

  it("has other lines, which are ignored", () => {
    for (const line of ["The push refers to repository [127.0.0.1/a]", "staging: Pulling from a/test", ""])
      assert.equal(parseLayerLine(line), undefined);
  });

  it("ends with the pushed digest", () => {
    assert.equal(parsePushedDigest(`4cade40a1cd3: Pushed\nstaging: digest: ${DIGEST} size: 523\n`), DIGEST);
    assert.equal(parsePushedDigest("staging: digest: sha256:short size: 523\n"), undefined);
    assert.equal(parsePushedDigest("Storing signatures\n"), undefined);
  });

  it("adds up to a share of the layers, which is reported when a layer changes", () => {
    let calls = 0;
    const count = createLayerCount(() => (calls += 1));
    for (const line of [
      "aaaaaaaaaaaa: Preparing",
      "bbbbbbbbbbbb: Preparing",
      "aaaaaaaaaaaa: Layer already exists",
      "bbbbbbbbbbbb: Waiting",
    ])
      count.onLine(line);
    assert.deepEqual([count.done(), count.moved(), calls], [0.5, 0, 3]);
    count.onLine("bbbbbbbbbbbb: Pushed");
    assert.deepEqual([count.done(), count.moved()], [1, 0.5]);
  });
});
