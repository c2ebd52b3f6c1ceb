import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { digestOf } from "../../src/model/digest.ts";
import { ERROR_CODES, ImgsyncError } from "../../src/model/error.ts";
import { ACTIONS, type Change, type Plan } from "../../src/model/plan.ts";
import { planChecksum } from "../../src/documents/plan-checksum.ts";
import { decodePlan, encodePlan, type PlanContent, planVersionProblem } from "../../src/documents/plan-document.ts";

const SCHEMA = JSON.parse(readFileSync(new URL("../../schemas/plan.schema.json", import.meta.url), "utf8"));
const isValid = new Ajv2020({ allErrors: true }).compile(SCHEMA);

const POSITION = { file: "teams/a.yaml", line: 6, column: 5 };
const CHANGE: Change = {
  action: "update",
  source: { kind: "registry", reference: { repository: { host: "docker.io", path: "library/nginx" }, tag: "1.27" } },
  target: { repository: { host: "registry.test:5000", path: "mirror/nginx" }, tag: "1.27" },
  positions: [POSITION],
  engine: "registry",
  platforms: [{ os: "linux", architecture: "arm64", variant: "v8" }],
  referrers: "with-copy",
  sourceDigest: digestOf("index"),
  wanted: digestOf("subset"),
  observed: digestOf("old"),
  bytes: 12,
  notes: ["1 platform left behind"],
};
const PLAN: Plan = {
  manifestHash: digestOf("manifest"),
  changes: [
    CHANGE,
    { ...CHANGE, action: "create", observed: null, bytes: 30, platforms: "all", referrers: true, notes: [] },
    { ...CHANGE, action: "blocked", block: { kind: "rule", position: POSITION, pattern: "v*" } },
    { ...CHANGE, action: "blocked", block: { kind: "registry", host: "registry.test:5000", message: "immutable" } },
    {
      ...without(CHANGE, ["sourceDigest", "wanted", "observed", "bytes"]),
      action: "error",
      source: { kind: "docker-daemon", image: "my-image:dev" },
      error: { code: "DENIED", message: "no", side: "target", reference: "registry.test:5000", hint: "log in" },
    },
  ],
  failures: [
    {
      positions: [POSITION],
      source: { host: "docker.io", path: "library/nginx" },
      targets: [{ host: "registry.test:5000", path: "mirror/nginx" }],
      error: { code: "SELECTED_NOTHING", message: "the selector matches no tag" },
    },
  ],
};

const withChecksum = (document: object): object => ({ ...document, checksum: planChecksum(document) });

describe("a plan's checksum", () => {
  test("ignores whitespace, key order and the checksum itself, and depends on the changes", () => {
    const document = encodePlan(PLAN);
    const checksum = planChecksum(document);
    const turned = Object.fromEntries(Object.entries(document).toReversed());
    assert.equal(planChecksum(JSON.parse(JSON.stringify(withChecksum(turned), undefined, 1)) as object), checksum);
    assert.notEqual(planChecksum({ ...document, changes: document.changes.slice(1) }), checksum);
    const [first, ...others] = document.changes;
    assert.notEqual(
      planChecksum({ ...document, changes: [{ ...first, wanted: digestOf("other") }, ...others] }),
      checksum,
    );
  });
});

describe("a plan document", () => {
  test("matches its schema and decodes to the same plan", () => {
    const document = throughText(encodePlan(PLAN));
    assert.equal(isValid(withChecksum(document)), true, JSON.stringify(isValid.errors));
    assert.deepEqual(decodePlan(document), PLAN);
  });

  test("is valid for an empty plan", () => {
    const empty = { manifestHash: digestOf("manifest"), changes: [] };
    assert.equal(isValid(withChecksum(throughText(encodePlan(empty)))), true);
    assert.deepEqual(decodePlan(encodePlan(empty)), empty);
  });

  test("contains a summary", () => {
    assert.deepEqual(encodePlan(PLAN).summary, {
      create: 1,
      update: 1,
      attach: 0,
      delete: 0,
      held: 0,
      none: 0,
      blocked: 2,
      error: 1,
      failures: 1,
      bytes: 66,
    });
  });

  test("contains no folder of an absolute path", () => {
    for (const file of ["/home/me/images.yaml", "C:\\Users\\me\\images.yaml"]) {
      const plan = { ...PLAN, changes: [{ ...CHANGE, positions: [{ ...POSITION, file }] }] };
      assert.equal(encodePlan(plan).changes[0]?.positions[0]?.file, "images.yaml");
    }
  });

  test("contains only the fields of its format, even if the plan has others", () => {
    const spoiled = {
      ...CHANGE,
      password: "hunter2",
      error: { code: "DENIED", message: "no", token: "hunter2" },
    } as const;
    assert.ok(!JSON.stringify(encodePlan({ ...PLAN, changes: [spoiled] })).includes("hunter2"));
  });

  const edits: readonly (readonly [string, object])[] = [
    ["a target with a digest", { target: `registry.test/a:1@${digestOf("x")}` }],
    ["a target without a tag", { target: "registry.test/a" }],
    ["a target that is not written in full", { target: "nginx:1" }],
    ["a source that is not written in full", { source: "Registry.test/a:1" }],
    ["a source without tag and digest", { source: "registry.test/a" }],
    ["an invalid source", { source: "registry.test/a:1 && rm -rf" }],
    ["an invalid platform", { platforms: ["linux"] }],
    ["an invalid digest", { wanted: "sha256:../x" }],
  ];
  for (const [what, edit] of edits) {
    test(`is refused with ${what}`, () => {
      const document = encodePlan(PLAN);
      const changes = document.changes.map((change) => Object.assign({}, change, edit));
      assert.throws(
        () => decodePlan({ ...document, changes }),
        (thrown) => thrown instanceof ImgsyncError && thrown.code === "PLAN_INVALID",
      );
    });
  }

  test("is invalid with an unknown field, wherever it is", () => {
    const paths = [
      [],
      ["summary"],
      ["changes", 0],
      ["changes", 2, "block"],
      ["changes", 3, "block"],
      ["changes", 4, "error"],
    ];
    for (const path of [...paths, ["changes", 0, "positions", 0], ["failures", 0]]) {
      const document: unknown = JSON.parse(JSON.stringify(withChecksum(encodePlan(PLAN))));
      assert.equal(isValid(document), true, "is valid without it");
      let at = document;
      for (const key of path) at = new Map(Object.entries(Object(at))).get(String(key));
      Object.assign(Object(at), { extra: 1 });
      assert.equal(isValid(document), false, path.join("."));
    }
  });

  test("has the same error codes and actions in its schema as the program", () => {
    assert.deepEqual(SCHEMA.$defs.ErrorCode.enum, ERROR_CODES);
    assert.deepEqual(SCHEMA.$defs.Change.properties.action.enum, ACTIONS);
  });

  test("is reported as another version or as not a saved plan", () => {
    assert.equal(planVersionProblem(encodePlan(PLAN), "plan.json"), undefined);
    assert.deepEqual(
      planVersionProblem({ version: 2 }, "plan.json")?.message,
      '"plan.json" has format version 2, and this imgsync reads version 1',
    );
    for (const value of [null, [], "x", {}, { version: "1" }]) {
      assert.equal(planVersionProblem(value, "plan.json")?.message, '"plan.json" is not a saved plan');
    }
  });
});

/** The document as it is read from a file; the tests above check it against the schema. */
function throughText(document: PlanContent): PlanContent {
  return JSON.parse(JSON.stringify(document)) as PlanContent;
}

function without(change: Change, keys: readonly string[]): Change {
  // the tests omit only optional keys
  return Object.fromEntries(Object.entries(change).filter(([key]) => !keys.includes(key))) as Change;
}
