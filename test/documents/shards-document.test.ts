import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";
import { planChecksum } from "../../src/documents/plan-checksum.ts";
import { decodePlan, encodePlan } from "../../src/documents/plan-document.ts";
import { digestOf } from "../../src/model/digest.ts";
import type { Plan } from "../../src/model/plan.ts";
import { change, reference } from "../support/changes.ts";

const isValid = new Ajv2020({ allErrors: true }).compile(
  JSON.parse(readFileSync(new URL("../../schemas/plan.schema.json", import.meta.url), "utf8")),
);

const repository = (name: string) => reference(`target.test/${name}`).repository;
const PLAN: Plan = {
  manifestHash: digestOf("manifest"),
  changes: ["a:1", "a:2", "b:1"].map((name) =>
    change("source.test/app:1", `target.test/${name}`, digestOf("one"), { bytes: 5 }),
  ),
  failures: [
    {
      positions: [{ file: "images.yaml", line: 1, column: 1 }],
      source: reference("source.test/app").repository,
      targets: [repository("c"), repository("a")],
      error: { code: "DENIED", message: "no" },
    },
  ],
  shards: [
    { repositories: [repository("b"), repository("c")] },
    { repositories: [repository("a")] },
    { repositories: [] },
  ],
};

describe("the shards of a plan document", () => {
  it("are valid, show their sizes, and decode to the same plan", () => {
    const document = encodePlan(PLAN);
    assert.deepEqual(document.shards, [
      { changes: 1, bytes: 5, repositories: ["target.test/b", "target.test/c"] },
      { changes: 2, bytes: 10, repositories: ["target.test/a"] },
      { changes: 0, bytes: 0, repositories: [] },
    ]);
    assert.equal(isValid({ ...document, checksum: planChecksum(document) }), true, JSON.stringify(isValid.errors));
    assert.deepEqual(decodePlan(document), PLAN);
  });

  it("hold the registry to which a pattern copies, if the pattern could not be read", () => {
    const [failure] = PLAN.failures ?? [];
    assert.ok(failure);
    const whole = { host: "other.test:5000", path: "" };
    const plan: Plan = {
      ...PLAN,
      failures: [{ ...failure, targets: [whole] }],
      shards: [{ repositories: [repository("a"), repository("b")] }, { repositories: [whole] }],
    };
    assert.deepEqual(decodePlan(encodePlan(plan)), plan);
  });

  it("are covered by the checksum", () => {
    const document = encodePlan(PLAN);
    assert.notEqual(planChecksum({ ...document, shards: document.shards?.toReversed() }), planChecksum(document));
  });

  const edits: readonly (readonly [string, readonly (readonly string[])[], RegExp])[] = [
    [
      "a repository in two shards",
      [
        ["target.test/a", "target.test/b"],
        ["target.test/c", "target.test/a"],
      ],
      /in two/,
    ],
    [
      "a repository twice in one shard",
      [["target.test/a", "target.test/a", "target.test/b", "target.test/c"]],
      /in two/,
    ],
    ["a repository in no shard", [["target.test/a"], ["target.test/c"]], /"target\.test\/b" is in no shard/],
    ["the repository of a failure in no shard", [["target.test/a", "target.test/b"]], /"target\.test\/c" is in no/],
    ["an unknown repository", [["target.test/a", "target.test/b", "target.test/c", "evil.test/x"]], /not a target/],
    ["a repository that is not written in full", [["a", "target.test/b", "target.test/c"]], /not a target/],
  ];
  for (const [what, shards, message] of edits)
    it(`are refused with ${what}`, () => {
      const document = encodePlan(PLAN);
      const edited = shards.map((repositories) => ({ changes: 1, bytes: 1, repositories: [...repositories] }));
      assert.throws(() => decodePlan({ ...document, shards: edited }), { code: "PLAN_INVALID", message });
    });
});
