import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { fillUpstream } from "../demo/content.ts";
import { makeFolder, runCli } from "./support/cli.ts";
import { createScope } from "./support/scope.ts";

const { registry: start, onEnd } = createScope();
const root = resolve(fileURLToPath(new URL("..", import.meta.url)));
const examples = join(root, "examples");
const manifests = (folder: string): readonly string[] =>
  readdirSync(join(examples, folder))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => join(folder, name));
const environment = { IMGSYNC_VAR_TEAM: "payments" };

describe("every example", () => {
  for (const name of [...manifests("."), ...manifests("loopback"), ...manifests("compose/config")]) {
    it(`validates: ${name}`, async () => {
      const result = await runCli(["validate", "-f", name], { cwd: examples, environment });
      assert.equal(result.code, 0, result.stderr);
    });
  }
});

describe("every loopback example", () => {
  for (const name of manifests("loopback")) {
    it(`applies, and then plans no changes: ${name}`, async () => {
      const upstream = await start();
      const ours = await start();
      fillUpstream(upstream);
      const text = readFileSync(join(examples, name), "utf8")
        .replaceAll("127.0.0.1:5001", upstream.host)
        .replaceAll("127.0.0.1:5002", ours.host);
      const folder = await makeFolder({ "images.yaml": text });
      onEnd(folder.remove);
      const applied = await runCli(["apply", "--yes"], { cwd: folder.path });
      assert.equal(applied.code, 0, applied.stdout + applied.stderr);
      const planned = await runCli(["plan", "--detailed-exitcode"], { cwd: folder.path });
      assert.equal(planned.code, 0, planned.stdout);
    });
  }
});

describe("examples/all-features.yaml", () => {
  const schema: unknown = JSON.parse(readFileSync(join(root, "schemas/images.schema.json"), "utf8"));
  const known = [...new Set(propertiesIn(schema))];
  assert.ok(known.length > 50, `${known.length} keys`);

  it("shows every key of the schema", () => {
    const shown = keysIn(parse(readFileSync(join(examples, "all-features.yaml"), "utf8")));
    assert.deepEqual(
      known.filter((key) => !shown.includes(key)),
      [],
    );
  });

  it("would be caught without one", () => {
    const shown = keysIn(parse(readFileSync(join(examples, "mirror.yaml"), "utf8")));
    assert.ok(known.includes("maxAge") && !shown.includes("maxAge"));
    assert.ok(shown.includes("semver"));
  });
});

/** Returns the names of all keys that a schema defines, at any depth. */
function propertiesIn(schema: unknown): readonly string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const own = "properties" in schema ? Object.keys(schema.properties ?? {}) : [];
  return [...own, ...Object.values(schema).flatMap(propertiesIn)];
}

/** Returns all keys in a value, at any depth. */
function keysIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(keysIn)];
}
