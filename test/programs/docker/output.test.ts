import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseLine, parsePushedDigest } from "../../../src/programs/docker/output.ts";

const DIGEST = `sha256:${"9".repeat(64)}`;
const BLOB = "ace2a91a16046c3a485aace48b76f5faa065bb9b3bbe12944817ca5bad2f13cc";
const MIB = 1024 * 1024;

describe("the output of pull and push", () => {
  it("of docker shows the state of each layer", () => {
    const states = {
      Preparing: "seen",
      Waiting: "seen",
      "Retrying in 5 seconds": "seen",
      Pushed: "moved",
      "Pull complete": "moved",
      "Layer already exists": "present",
      "Already exists": "present",
      "Mounted from a/test": "present",
    };
    for (const [text, state] of Object.entries(states))
      assert.deepEqual(parseLine(`4cade40a1cd3: ${text}`), { kind: "layer", id: "4cade40a1cd3", state });
  });

  it("of podman shows where a blob starts, and which blobs were there already", () => {
    const layer = { kind: "layer", id: "ace2a91a1604" };
    assert.deepEqual(parseLine(`Copying blob sha256:${BLOB}`), { ...layer, state: "seen" });
    assert.deepEqual(parseLine(`Copying blob ${BLOB} skipped: already exists`), { ...layer, state: "present" });
    const skipped = `time="2026-11-28T19:18:53Z" level=debug msg="Skipping blob sha256:${BLOB} (already present):"`;
    assert.deepEqual(parseLine(skipped), { ...layer, state: "present" });
    assert.deepEqual(parseLine(`Copying config sha256:${BLOB}`), { kind: "rest-moved" });
  });

  it("of nerdctl shows bytes, and the sum of those that went out", () => {
    const layer = { kind: "layer", id: "ace2a91a1604" };
    const line = (rest: string) => parseLine(`layer-sha256:${BLOB}:    ${rest}`);
    assert.deepEqual(line("done           |\u001b[32m++++\u001b[0m| "), { ...layer, state: "moved" });
    assert.deepEqual(line("waiting        |\u001b[32m\u001b[0m----| "), { ...layer, state: "seen" });
    assert.deepEqual(line("uploading      |\u001b[32m++\u001b[0m--|  5.0 MiB/38.2 MiB "), {
      ...layer,
      state: "moving",
      current: 5 * MIB,
      total: Math.round(38.2 * MIB),
    });
    const total = (rest: string) => parseLine(`elapsed: ${rest}                                      `);
    const sent = (bytes: number) => ({ kind: "sent", bytes: Math.round(bytes) });
    assert.deepEqual(total("0.4 s                 total:  10.9 M (26.6 MiB/s)"), sent(10.9 * MIB));
    assert.deepEqual(total("0.1 s                 total:  7.9 Mi (60.7 MiB/s)"), sent(7.9 * MIB));
    assert.deepEqual(total("0.1 s                 total:   0.0 B (0.0 B/s)"), sent(0));
    assert.deepEqual(total("0.1 s                 total:  582.0  (5.4 KiB/s)"), sent(582));
    assert.deepEqual(total("61.2s                 total:  200.4  (3.3 MiB/s)"), sent(200.4 * MIB));
    assert.equal(total("0.0 s                 total:  200.4  (3.3 MiB/s)"), undefined);
  });

  it("has other lines, which are ignored", () => {
    const lines = [
      "The push refers to repository [127.0.0.1/a]",
      "staging: Pulling from a/test",
      "",
      "4cade40a1cd3: Extracting",
    ];
    for (const line of lines) assert.equal(parseLine(line), undefined);
  });

  it("ends with the pushed digest", () => {
    assert.equal(parsePushedDigest(`4cade40a1cd3: Pushed\nstaging: digest: ${DIGEST} size: 523\n`), DIGEST);
    assert.equal(parsePushedDigest("staging: digest: sha256:short size: 523\n"), undefined);
    assert.equal(parsePushedDigest("Storing signatures\n"), undefined);
  });
});
