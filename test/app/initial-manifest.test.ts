import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { INITIAL_MANIFEST } from "../../src/app/initial-manifest.ts";
import { assemble } from "../../src/manifest/parse/assemble.ts";
import { parseFile } from "../../src/manifest/parse/parse-file.ts";

function read(text: string) {
  return assemble(parseFile(text, { file: "images.yaml", variables: new Map(), isRoot: true }), []);
}

describe("the manifest that init writes", () => {
  it("validates without findings", () => {
    const { manifest, diagnostics } = read(INITIAL_MANIFEST);
    assert.deepEqual(diagnostics, []);
    assert.equal(manifest?.entries.length, 2);
  });

  it("validates with every commented-out part enabled", () => {
    const [head = "", body = ""] = INITIAL_MANIFEST.split("\nversion: 1\n");
    const all = `${head}\nversion: 1\n${body.replaceAll(/^( *)# (- |registries:|defaults:| {2,})/gm, "$1$2")}`;
    assert.notEqual(all, INITIAL_MANIFEST);
    const { manifest, diagnostics } = read(all);
    assert.deepEqual(diagnostics, []);
    assert.equal(manifest?.entries.length, 3);
    assert.equal(manifest?.registries.size, 1);
  });

  it("starts with the schema's address for editors", () => {
    const [first] = INITIAL_MANIFEST.split("\n");
    const schema = readFileSync(new URL("../../schemas/images.schema.json", import.meta.url), "utf8");
    assert.equal(first, `# yaml-language-server: $schema=${JSON.parse(schema).$id}`);
    // an address outside of a checkout
    assert.match(JSON.parse(schema).$id, /^https:\/\//);
  });
});
