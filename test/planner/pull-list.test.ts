import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import { formatReference, formatRepository } from "../../src/model/reference.ts";
import type { Answer } from "../../src/model/answer.ts";
import { EMPTY_SNAPSHOT, type Question, type Snapshot } from "../../src/model/snapshot.ts";
import type { Descriptor } from "../../src/model/descriptor.ts";
import type { SyncManifest } from "../../src/model/sync-manifest.ts";
import { assemble } from "../../src/manifest/parse/assemble.ts";
import { parseFile } from "../../src/manifest/parse/parse-file.ts";
import { makePullList, nextPullQuestions } from "../../src/planner/pull-list.ts";

const found = (text: string): Answer<Descriptor> => ({
  kind: "found",
  value: { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: digestOf(text), size: 1 },
});

function manifestOf(text: string): SyncManifest {
  const { manifest } = assemble(parseFile(text, { file: "images.yaml", variables: new Map(), isRoot: true }), []);
  if (manifest === undefined) throw new Error("the manifest is wrong");
  return manifest;
}

function keyOf(question: Question): string {
  if (question.kind === "tags") return `tags ${formatRepository(question.repository)}`;
  return question.kind === "resolve" ? `${question.side} ${formatReference(question.reference)}` : question.kind;
}

describe("a pull list", () => {
  it("resolves each target tag once, and no source tag", () => {
    const manifest = manifestOf(`
version: 1
images:
  - { source: up.test/a:v1, target: r.test/a }
  - { source: "up.test/a:v1", target: ["r.test/a:v1", r.test/b] }
`);
    assert.deepEqual(nextPullQuestions(manifest, EMPTY_SNAPSHOT).map(keyOf), [
      "target r.test/a:v1",
      "target r.test/b:v1",
    ]);
    assert.deepEqual(nextPullQuestions(manifest, EMPTY_SNAPSHOT, { only: ["**/b:*"] }).map(keyOf), [
      "target r.test/b:v1",
    ]);
  });

  it("asks for the source's tags for a selector, and fails when they cannot be listed", () => {
    const manifest = manifestOf(`
version: 1
images:
  - { source: up.test/a, target: r.test/a, tags: [{ glob: "v*" }] }
`);
    assert.deepEqual(nextPullQuestions(manifest, EMPTY_SNAPSHOT).map(keyOf), ["tags up.test/a"]);
    const tags: Snapshot["tags"] = new Map([
      ["up.test/a", { kind: "found", value: { tags: ["v1", "x"], skipped: 0 } }],
    ]);
    assert.deepEqual(nextPullQuestions(manifest, { ...EMPTY_SNAPSHOT, tags }).map(keyOf), ["target r.test/a:v1"]);
    const unreadable: Snapshot["tags"] = new Map([["up.test/a", { kind: "absent" }]]);
    const { targets, failures } = makePullList(manifest, { ...EMPTY_SNAPSHOT, tags: unreadable });
    assert.deepEqual([targets, failures.map(({ error }) => error.code)], [[], ["SOURCE_NOT_FOUND"]]);
  });

  it("has the digest of each tag, or an error when the tag is missing or cannot be read", () => {
    const manifest = manifestOf(`
version: 1
images:
  - { source: up.test/a, target: r.test/a, tags: [v1, v2, v3] }
`);
    const resolved: Snapshot["resolved"] = new Map([
      ["r.test/a:v1", found("one")],
      ["r.test/a:v2", { kind: "absent" }],
      ["r.test/a:v3", { kind: "failed", error: { code: "DENIED", message: "no" } }],
    ]);
    const { targets } = makePullList(manifest, { ...EMPTY_SNAPSHOT, resolved });
    assert.deepEqual(
      targets.map(({ target, digest, error }) => [target.tag, digest ?? error?.code]),
      [
        ["v1", digestOf("one")],
        ["v2", "TARGET_NOT_FOUND"],
        ["v3", "DENIED"],
      ],
    );
    assert.equal(targets[2]?.error?.reference, "r.test/a:v3");
  });
});
