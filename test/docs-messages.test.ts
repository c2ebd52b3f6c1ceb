import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Parts of a message that differ from run to run: quoted text, names of programs, words in upper case, digests, numbers. */
const VALUES = /"[^"]*"|…|\b(?:docker|crictl)\b|\bsha256:|\b[A-Z]{4,}\b|\d+/g;

describe("the messages in the tables of docs/", () => {
  const source = readSource();
  const pages = globSync("docs/*.md", { cwd: ROOT }).map((path) => ({ path, text: read(path) }));
  const withMessages = pages.filter(({ text }) => quotedIn(text).length > 0);
  assert.ok(withMessages.length > 1, `${withMessages.length} pages`);

  for (const { path, text } of withMessages.toSorted((a, b) => a.path.localeCompare(b.path))) {
    it(`are those of the program: ${path}`, () => {
      assert.deepEqual(
        quotedIn(text).filter((message) => !isPrinted(message, source)),
        [],
      );
    });
  }

  it("would be caught if the program printed others", () => {
    assert.deepEqual(quotedIn("| message | what to do |\n|---|---|\n| `one` | `two` |\n\n| `three` | four |\n"), [
      "one",
    ]);
    assert.ok(isPrinted("docker has 3 images", "`${name} has ${count} images`"));
    assert.ok(!isPrinted("docker holds 3 images", "`${name} has ${count} images`"));
  });
});

/** Returns the messages in the first column of all tables with the heading "message". */
function quotedIn(page: string): readonly string[] {
  const tables = Array.from(page.matchAll(/^\| message \|.*\n\|[-|]+\|\n((?:\|.*\n)+)/gm), ([, rows = ""]) => rows);
  return tables.flatMap((rows) => Array.from(rows.matchAll(/^\| `([^`]+)` \|/gm), ([, message = ""]) => message));
}

function isPrinted(message: string, source: string): boolean {
  return message.split(VALUES).every((part) => source.includes(part.trim()));
}

function readSource(): string {
  return globSync("src/**/*.ts", { cwd: ROOT }).map(read).join("\n");
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}
