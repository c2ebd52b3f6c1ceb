import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { loadSyncManifest } from "../../src/load/sync-manifest-files.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);
const SCHEMA = new URL("../../schemas/images.schema.json", import.meta.url);

describe("the example with all features", () => {
  for (const file of ["all-features.yaml", "teams/web.yaml"]) {
    it(`matches the JSON schema: ${file}`, () => {
      const validate = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(SCHEMA, "utf8")));
      validate(parse(readFileSync(new URL(file, EXAMPLES), "utf8")));
      assert.deepEqual(validate.errors, null);
    });
  }

  it("loads without diagnostics, with the expected entries", async () => {
    const { manifest, diagnostics } = await loadSyncManifest({
      path: "all-features.yaml",
      cwd: fileURLToPath(EXAMPLES),
      variables: new Map(),
    });
    assert.deepEqual(diagnostics, []);
    assert.ok(manifest !== undefined);
    const [nginx] = manifest.entries;
    assert.equal(nginx?.tags.length, 7);
    const local = manifest.entries.find(({ source }) => source.kind === "docker-daemon");
    assert.deepEqual(local?.source, { kind: "docker-daemon", image: "my-image:latest" });
    assert.deepEqual(
      manifest.entries
        .slice(-2)
        .map(({ tags }) => tags.flatMap((mapping) => (mapping.kind === "literal" ? mapping.to : []))),
      [["2.4"], ["stable"]],
    );
    assert.equal(manifest.registries.size, 9);
    assert.deepEqual([...(manifest.prefixAuth?.keys() ?? [])], ["registry.example.com/partners"]);
    assert.equal(manifest.rules.length, 1);
  });
});
