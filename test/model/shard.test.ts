import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import type { Change, EntryFailure, Plan } from "../../src/model/plan.ts";
import { measureShards, parseShard, takeShard } from "../../src/model/shard.ts";
import { change, reference } from "../support/changes.ts";

const at = (target: string, rest: Partial<Change> = {}): Change =>
  change("source.test/app:1", `target.test/${target}`, digestOf(target), rest);
const place = (path: string) => ({ host: "target.test", path });
const error = { code: "DENIED", message: "no" } as const;
const failure: EntryFailure = {
  positions: [{ file: "images.yaml", line: 1, column: 1 }],
  source: reference("source.test/app").repository,
  targets: [place("empty"), place("a")],
  error,
};

const PLAN: Plan = {
  manifestHash: digestOf("manifest"),
  checksum: digestOf("plan"),
  changes: [
    at("a:1", { bytes: 10, transferBytes: 7 }),
    at("b:1", { action: "blocked" }),
    at("a:2", { action: "delete" }),
    at("c:1", { action: "error", error }),
    at("b:2", { action: "none" }),
  ],
  failures: [failure],
  shards: [
    { repositories: [place("a")] },
    { repositories: [place("b"), place("c")] },
    { repositories: [place("empty")] },
  ],
};

describe("parseShard", () => {
  it("counts from 1", () => {
    assert.deepEqual(parseShard("1/16"), { number: 1, of: 16 });
    assert.deepEqual(parseShard("16/16"), { number: 16, of: 16 });
  });

  it("refuses an index that counts from 0, and explains it", () => {
    assert.throws(() => parseShard("0/16"), {
      code: "USAGE",
      details: {
        code: "USAGE",
        message: "there is no shard 0/16: shards count from 1 to 16",
        hint: "an index that counts from 0, such as JOB_COMPLETION_INDEX, needs 1 more; --shard auto adds it",
      },
    });
  });

  for (const text of ["17/16", "3", "3/", "/3", "-1/4", "1/0", "1/1001", "1.5/4", " 1/4", "1/4 ", "$CI_NODE_INDEX/4"])
    it(`refuses "${text}"`, () => assert.throws(() => parseShard(text), { code: "USAGE" }));
});

describe("takeShard", () => {
  it("gives each change and each failure to exactly one shard", () => {
    const parts = [1, 2, 3].map((number) => takeShard(PLAN, { number, of: 3 }).plan);
    assert.deepEqual(
      parts.map(({ changes }) => changes.map(({ target }) => `${target.repository.path}:${target.tag}`)),
      [["a:1", "a:2"], ["b:1", "c:1", "b:2"], []],
    );
    assert.deepEqual(
      parts.map(({ failures }) => failures),
      [undefined, undefined, [failure]],
    );
    assert.ok(parts.every(({ checksum }) => checksum === PLAN.checksum));
  });

  it("counts what the other shards cannot do", () => {
    const others = [1, 2, 3].map((number) => takeShard(PLAN, { number, of: 3 }).others);
    assert.deepEqual(others, [
      { blocked: 1, errors: 2 },
      { blocked: 0, errors: 1 },
      { blocked: 1, errors: 1 },
    ]);
  });

  it("refuses another number of shards than the plan has", () => {
    assert.throws(() => takeShard(PLAN, { number: 1, of: 4 }), {
      message: "there is no shard 1/4: the plan is divided into 3",
    });
    const { shards: _, ...whole } = PLAN;
    assert.throws(() => takeShard(whole, { number: 1, of: 3 }), {
      message: "there is no shard 1/3: the plan is not divided into shards",
    });
    assert.throws(() => takeShard(PLAN, { number: 0, of: 3 }), { code: "USAGE" });
  });
});

describe("measureShards", () => {
  it("counts changes to make and their bytes", () => {
    assert.deepEqual(measureShards(PLAN), [
      { changes: 2, bytes: 7, repositories: 1 },
      { changes: 0, bytes: 0, repositories: 2 },
      { changes: 0, bytes: 0, repositories: 1 },
    ]);
  });
});
