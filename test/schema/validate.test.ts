import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { validators } from "../../src/schema/generated/validators.ts";
import type { SchemaProblem } from "../../src/schema/schema-problem.ts";
import { validate } from "../../src/schema/validate.ts";

const SCHEMAS = new URL("../../schemas/", import.meta.url);

async function imagesProblems(entry: object): Promise<readonly SchemaProblem[]> {
  return validate("images", { version: 1, images: [{ source: "a/b", target: "r.io/c", ...entry }] });
}

async function firstMessage(entry: object): Promise<string | undefined> {
  const problems = await imagesProblems(entry);
  assert.equal(problems.length, 1, JSON.stringify(problems));
  return problems[0]?.message;
}

describe("validate", () => {
  it("accepts a valid value", async () => {
    assert.deepEqual(await imagesProblems({ tags: ["1.0", 1.1, null, { glob: "*" }] }), []);
  });

  it("reports an unknown key, with its path and the allowed keys", async () => {
    const [problem] = await imagesProblems({ tgas: ["1.0"] });
    assert.deepEqual(problem?.path, ["images", 0]);
    assert.equal(problem?.kind, "unknown-key");
    assert.equal(problem?.key, "tgas");
    assert.equal(problem?.message, 'unknown key "tgas"');
    assert.ok(problem?.allowed?.includes("tags"));
  });

  it("reports a missing key", async () => {
    const problems = await validate("images", {});
    assert.deepEqual(problems, [{ path: [], kind: "missing-key", key: "version", message: 'missing key "version"' }]);
  });

  it("reports a text that is very long, and counts its characters without a list of them", async () => {
    const plan = { version: 1, manifestHash: "a".repeat(150_000_000) };
    const problems = await validate("plan", plan);
    assert.ok(problems.some(({ message }) => message === "the text has more than 135 characters"));
    const emoji = await validate("plan", { version: 1, manifestHash: "\u{1F600}".repeat(100) });
    assert.ok(!emoji.some(({ message }) => message.includes("characters")), "one character each");
  });

  it("reports the problem of the intended selector, not of every alternative", async () => {
    assert.equal(await firstMessage({ tags: [{ semver: ">=1", lates: 3 }] }), 'unknown key "lates"');
    assert.equal(await firstMessage({ tags: [{ glob: "*", latest: 0 }] }), "expected at least 1, not 0");
    assert.equal(await firstMessage({ tags: [{ from: "1", to: [] }] }), "the list is empty");
  });

  it("lists the keys that make a tag mapping when none of them is present", async () => {
    assert.equal(
      await firstMessage({ tags: [{ latest: 3 }] }),
      'one of the keys "from", "glob", "regex" or "semver" is needed',
    );
    const [problem] = await imagesProblems({ tags: [{ globb: "*" }] });
    assert.equal(problem?.message, 'unknown key "globb"');
    assert.ok(problem?.allowed?.includes("glob"));
  });

  it("describes the allowed types in words", async () => {
    assert.equal(await firstMessage({ target: 3 }), "expected text or a list, not the value 3");
    assert.equal(await firstMessage({ tags: [["1.0"]] }), "expected text or a map, not a list");
    assert.equal(await firstMessage({ tags: {} }), "expected a list, not a map");
    assert.equal(await firstMessage({ optional: "no" }), 'expected true or false, not the text "no"');
    assert.equal(
      await firstMessage({ platforms: "linux/amd64" }),
      'expected "all" or a list, not the text "linux/amd64"',
    );
  });

  it("lists the allowed values", async () => {
    const [problem] = await imagesProblems({ engine: "dokcer" });
    assert.equal(problem?.message, 'expected "registry" or "docker", not the text "dokcer"');
    assert.deepEqual(problem?.allowed, ["registry", "docker"]);
  });

  it("distinguishes credentials by their key", async () => {
    const auth = (value: unknown) => validate("images", { version: 1, registries: { "r.io": { auth: value } } });
    assert.equal((await auth({ gclod: true }))[0]?.message, 'unknown key "gclod"');
    assert.equal((await auth({ helper: "a b" }))[0]?.kind, "pattern");
    assert.equal((await auth({ gcloud: true, impersonate: "x" }))[0]?.path.at(-1), "impersonate");
    assert.equal((await auth({ impersonate: "a@b" }))[0]?.kind, "missing-key");
    assert.equal((await auth("gcloud"))[0]?.message, 'expected a map, not the text "gcloud"');
  });

  it("reports all problems at once, and each of them once", async () => {
    const problems = await imagesProblems({ tgas: 1, engine: "x", tags: [{ glob: {} }] });
    assert.deepEqual(
      problems.map(({ path }) => path.slice(2)),
      [[], ["engine"], ["tags", 0, "glob"]],
    );
  });

  it("has a validator for every schema, and each agrees with ajv on an empty object", async () => {
    const files = readdirSync(SCHEMAS).filter((file) => file.endsWith(".schema.json"));
    assert.deepEqual(
      files.map((file) => file.replace(".schema.json", "")).toSorted(),
      Object.keys(validators).toSorted(),
    );
    const ajv = new Ajv2020({ strict: false });
    for (const file of files) {
      const schema: object = JSON.parse(readFileSync(new URL(file, SCHEMAS), "utf8"));
      ajv.addSchema(schema, file);
    }
    for (const [name, load] of Object.entries(validators)) {
      const { validate } = await load();
      assert.equal(validate({}), ajv.getSchema(`${name}.schema.json`)?.({}), name);
    }
  });
});
