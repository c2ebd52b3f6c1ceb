import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { isMap, isPair, isScalar, LineCounter, parseDocument, visit } from "yaml";
import { INITIAL_MANIFEST } from "../../src/app/initial-manifest.ts";
import { startJsonServer } from "../support/json-server.ts";
import { startLanguageServer } from "../support/language-server.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const SCHEMA: { $id: string } = JSON.parse(
  readFileSync(new URL("../../schemas/images.schema.json", import.meta.url), "utf8"),
);
const ADDRESS = new URL(SCHEMA.$id);
const EXAMPLE = readFileSync(new URL("../../examples/all-features.yaml", import.meta.url), "utf8");
const FIRST_LINE = /^# yaml-language-server: \$schema=.*$/m;

/** Starts the language server, and a web server that has the schema under the path of its address. */
async function startEditor() {
  const web = await startJsonServer({ [`GET ${ADDRESS.pathname}`]: SCHEMA });
  onEnd(web.stop);
  const editor = await startLanguageServer();
  onEnd(editor.stop);
  /** The file as an editor far from this checkout has it, with the address on this machine. */
  const local = (text: string) => text.replace(ADDRESS.origin, `http://${web.host}`);
  return { editor, local, web };
}

/** The keys of a YAML file, with their places from 0. Keys below x-… are free, and those of registries are hosts. */
function keysOf(text: string) {
  const lines = new LineCounter();
  const keys: { name: string; line: number; character: number }[] = [];
  visit(parseDocument(text, { lineCounter: lines }), {
    Pair: (_, { key, value }, path) => {
      if (!isScalar(key) || !key.range) return undefined;
      if (String(key.value).startsWith("x-")) return visit.SKIP;
      const parent = path.findLast(isPair);
      if (isScalar(parent?.key) && parent.key.value === "registries" && isMap(value)) return undefined;
      const { line, col } = lines.linePos(key.range[0]);
      keys.push({ name: String(key.value), line: line - 1, character: col - 1 });
      return undefined;
    },
  });
  return keys;
}

describe("images.yaml in an editor", () => {
  it("is checked and explained by the address that init writes", async () => {
    const { editor, local, web } = await startEditor();
    const text = local(INITIAL_MANIFEST);
    assert.deepEqual(await editor.open("file:///elsewhere/images.yaml", text), []);
    assert.ok(web.log.length > 0);
    const images = keysOf(text).find(({ name }) => name === "images");
    assert.ok(images);
    assert.match(await editor.hover("file:///elsewhere/images.yaml", images), /images to keep in sync/);
  });

  it("shows a text for every key", async () => {
    const { editor, local } = await startEditor();
    const text = EXAMPLE.replace(FIRST_LINE, local(`# yaml-language-server: $schema=${ADDRESS.href}`));
    assert.deepEqual(await editor.open("file:///elsewhere/all.yaml", text), []);
    const keys = keysOf(text);
    assert.ok(keys.length > 80, `${keys.length} keys`);
    const silent: string[] = [];
    for (const key of keys) {
      const shown = await editor.hover("file:///elsewhere/all.yaml", key);
      if (!/[a-z]{3}/.test(shown.replace(/^#+ .*$/gm, "").replace(/\nSource: .*$/s, "")))
        silent.push(`${key.line + 1}: ${key.name}`);
    }
    assert.deepEqual(silent, []);
  });

  it("completes keys, and marks those that do not exist", async () => {
    const { editor, local } = await startEditor();
    const head = local(`# yaml-language-server: $schema=${ADDRESS.href}\n`);
    const text = `${head}version: 1\nimages:\n  - source: a\n    target: b\n    tgas: [1]\n    \n`;
    const problems = await editor.open("file:///elsewhere/wrong.yaml", text);
    assert.equal(problems.length, 1, String(problems));
    assert.match(String(problems), /tgas/);
    const words = await editor.complete("file:///elsewhere/wrong.yaml", { line: 6, character: 4 });
    assert.ok(words.includes("tags") && words.includes("minAge"), String(words));
  });
});
