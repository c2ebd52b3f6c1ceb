import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { withoutTextAndComments } from "./support/architecture/source.ts";

const root = resolve(fileURLToPath(new URL("..", import.meta.url)));
const SKIPPED_FOLDERS = new Set([".git", "node_modules", "dist", "coverage", ".cache"]);

/** What has no place in the product. Written in pieces, since this file is searched as well. */
const FORBIDDEN: readonly (readonly [what: string, pattern: RegExp])[] = [
  [
    "the host of a package registry",
    words(["registry.", "npmjs"], ["registry.", "yarnpkg"], ["registry.", "npmmirror"]),
  ],
  ["the host of a package registry", words(["npm.", "jsr.io"], ["npm.pkg.", "github"], ["pypi", ".org"])],
  [
    "the host of a package registry",
    words(["python", "hosted.org"], ["proxy.", "golang.org"], ["index.", "crates.io"]),
  ],
  ["a word of the workshop", words(["sub", "agent"], ["anth", "ropic"], ["clau", "de"], ["chat", "gpt"])],
  [
    "a word of the workshop",
    words(["language ", "model"], ["AI", "-generated"], ["DESIGN", ".md"], ["house", "-style"]),
  ],
  ["a path of one machine", new RegExp(String.raw`(?<![\w.*-])/wo` + "rk/|" + String.raw`\.\./sha` + "red/reference")],
];

describe("the repository", () => {
  it("speaks of the product alone", () => {
    assert.deepEqual(
      [...readFiles(root)].flatMap(([path, text]) => findForbidden(path, text)),
      [],
    );
  });

  it("leaves no clean-up to t.after inside a describe, where Deno does not call it", () => {
    const tests = [...readFiles(join(root, "test"))].filter(([path]) => path.endsWith(".test.ts"));
    assert.ok(tests.length > 0);
    assert.deepEqual(
      tests.filter(([, text]) => leavesCleanUp(text)).map(([path]) => path),
      [],
    );
  });

  it("would be caught naming any of what it must not", () => {
    const samples = [
      ["https://registry", "npmjs.org/left-pad"].join("."),
      ["made by a sub", "agent"].join(""),
      ["see DESIGN", "md"].join("."),
      ["cd /wo", "rk/main"].join(""),
    ];
    for (const sample of samples) assert.equal(findForbidden("a.md", sample).length, 1, sample);
    assert.deepEqual(findForbidden("a.md", "/home/runner/work/app, an upload session, a registry.example.com"), []);
    assert.equal(leavesCleanUp('describe("d", () => { it("i", (t) => { t.after(() => {}); }); });'), true);
    assert.equal(leavesCleanUp('test("i", (t) => { t.after(() => {}); }); // describe("'), false);
  });
});

function findForbidden(path: string, text: string): readonly string[] {
  return FORBIDDEN.flatMap(([what, pattern]) => {
    const match = pattern.exec(text);
    if (match === null) return [];
    const line = text.slice(0, match.index).split("\n").length;
    return [`${path}:${line} names ${what}: ${match[0]}`];
  });
}

function leavesCleanUp(text: string): boolean {
  const code = withoutTextAndComments(text);
  return /\bdescribe\s*\(/.test(code) && /\bt\.after\s*\(/.test(code);
}

function words(...texts: readonly (readonly string[])[]): RegExp {
  return new RegExp(texts.map((parts) => parts.join("").replaceAll(".", String.raw`\.`)).join("|"), "i");
}

/** Every text file below a folder, by its path from the root. */
function readFiles(folder: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) {
      for (const [name, text] of readFiles(path)) files.set(name, text);
    } else if (entry.isFile()) {
      const text = readFileSync(path, "utf8");
      if (!text.includes("\0")) files.set(relative(root, path), text);
    }
  }
  return files;
}
