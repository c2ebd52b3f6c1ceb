import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { catalogEntries, schemaAddress, withId } from "../../scripts/schema-addresses.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const REPOSITORY: string = JSON.parse(read("package.json")).repository.url;
const addressOf = (name: string) => schemaAddress(REPOSITORY, `${name}.schema.json`);

describe("the addresses of the schemas", () => {
  it("are those of the repository that package.json names", () => {
    const files = globSync("schemas/*.schema.json", { cwd: ROOT });
    assert.ok(files.length > 5, `${files.length} files`);
    for (const file of files)
      assert.equal(JSON.parse(read(file)).$id, schemaAddress(REPOSITORY, file.replace("schemas/", "")));
  });

  it("follow package.json alone", () => {
    const address = schemaAddress("git+https://github.com/owner/name.git", "images.schema.json");
    assert.equal(address, "https://raw.githubusercontent.com/owner/name/main/schemas/images.schema.json");
    assert.equal(withId('{\n  "$id": "old",\n  "a": 1\n}', address), `{\n  "$id": "${address}",\n  "a": 1\n}`);
    assert.throws(() => withId("{}", address), /no line/);
    assert.throws(() => schemaAddress("git@example.com:a/b.git", "images.schema.json"), /repository\.url/);
  });

  it("are the same on every page, and in the sources only in a generated file", () => {
    const addresses = (file: string) =>
      Array.from(read(file).matchAll(/https:\/\/[\w./-]+\.schema\.json/g), ([one]) => one);
    const pages = globSync(["*.md", "docs/**/*.md"], { cwd: ROOT }).flatMap(addresses);
    assert.ok(pages.length > 0);
    assert.deepEqual([...new Set(pages)], [addressOf("images")]);
    const sources = globSync(["src/**/*.ts", "examples/**/*.yaml"], { cwd: ROOT });
    assert.deepEqual(
      sources.filter((file) => addresses(file).length > 0),
      ["src/schema/generated/images-address.ts"],
    );
  });
});

/** The rules of SchemaStore's own schema for its catalog, https://json.schemastore.org/schema-catalog.json, and of its CONTRIBUTING.md. */
function problemsOf(entry: Readonly<Record<string, unknown>>): readonly string[] {
  const { name, description, fileMatch, url, ...rest } = entry;
  const globs: readonly unknown[] = Array.isArray(fileMatch) ? fileMatch : [];
  return [
    ...(typeof name === "string" && name !== "" ? [] : ["name"]),
    ...(typeof description === "string" && description !== "" && !/schema/i.test(description) ? [] : ["description"]),
    ...(globs.length > 0 && new Set(globs).size === globs.length ? [] : ["fileMatch"]),
    ...globs.filter((glob) => typeof glob !== "string" || GENERAL.has(glob)).map(String),
    ...(typeof url === "string" && url.startsWith("https://") && URL.canParse(url) ? [] : ["url"]),
    ...Object.keys(rest),
  ];
}

/** Names that files of other programs have too. */
const GENERAL = new Set(["images.yaml", "images.yml", "config.yaml", "*.yaml", "*.yml", "*.json"]);

describe("the entries for SchemaStore's catalog", () => {
  it("are valid and current, and name existing schemas", () => {
    const entries: ReturnType<typeof catalogEntries> = JSON.parse(read("schemas/schemastore.json"));
    assert.deepEqual(entries, catalogEntries(addressOf));
    for (const entry of entries) {
      assert.deepEqual(problemsOf(entry), [], entry.name);
      const file = entry.url.replace(/^.*\/main\//, "");
      assert.equal(JSON.parse(read(file)).$id, entry.url);
    }
  });

  it("would be caught with a mistake", () => {
    const good = { name: "a", description: "b", fileMatch: ["a.yaml"], url: "https://example.com/a.json" };
    assert.deepEqual(problemsOf(good), []);
    assert.deepEqual(problemsOf({ ...good, fileMatch: ["images.yaml"] }), ["images.yaml"]);
    assert.deepEqual(problemsOf({ ...good, url: "http://example.com/", description: "JSON schema", x: 1 }), [
      "description",
      "url",
      "x",
    ]);
  });
});
