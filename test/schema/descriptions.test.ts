import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

type Schema = {
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly $defs?: Readonly<Record<string, Schema>>;
};

describe("the descriptions that editors show", () => {
  for (const name of ["images", "config", "lock"]) {
    it(`exist for every key and definition of ${name}.schema.json`, () => {
      const schema: Schema = JSON.parse(
        readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), "utf8"),
      );
      assert.ok(keysOf(schema).length > 5, `${keysOf(schema).length} keys`);
      assert.deepEqual(undescribed(schema), []);
    });
  }

  it("would be missed", () => {
    const leaf = { description: "A leaf." };
    const schema = {
      properties: { own: leaf, ref: { $ref: "#/$defs/Leaf" }, bare: {} },
      patternProperties: { "^x-": {} },
      $defs: { Leaf: leaf, Empty: {} },
    };
    assert.deepEqual(undescribed(schema), ["bare", "^x-", "Empty"]);
  });
});

function undescribed(root: Schema): readonly string[] {
  return keysOf(root)
    .filter(([, key]) => (key.description ?? referredBy(key, root)?.description) === undefined)
    .map(([name]) => name);
}

/** Returns all properties and definitions at any depth, with their names. */
function keysOf(node: Schema): readonly (readonly [string, Schema])[] {
  const own = [node.properties, node.patternProperties, node.$defs].flatMap((part) => Object.entries(part ?? {}));
  const below = Object.values(node).flatMap((value: unknown) => (isSchema(value) ? keysOf(value) : []));
  return [...own, ...below];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null;
}

function referredBy({ $ref }: Schema, { $defs = {} }: Schema): Schema | undefined {
  return $ref === undefined ? undefined : $defs[$ref.replace("#/$defs/", "")];
}
