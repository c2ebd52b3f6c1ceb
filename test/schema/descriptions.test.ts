import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

type Schema = {
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly $defs?: Readonly<Record<string, Schema>>;
};

describe("the descriptions that editors show", () => {
  for (const name of ["images", "config"]) {
    it(`exist for every key of ${name}.schema.json`, () => {
      const schema: Schema = JSON.parse(
        readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), "utf8"),
      );
      assert.ok(keysOf(schema).length > 20, `${keysOf(schema).length} keys`);
      assert.deepEqual(undescribed(schema), []);
    });
  }

  it("would be missed", () => {
    const leaf = { description: "A leaf." };
    const schema = { properties: { own: leaf, ref: { $ref: "#/$defs/Leaf" }, bare: {} }, $defs: { Leaf: leaf } };
    assert.deepEqual(undescribed(schema), ["bare"]);
  });
});

function undescribed(root: Schema): readonly string[] {
  return keysOf(root)
    .filter(([, key]) => (key.description ?? referredBy(key, root)?.description) === undefined)
    .map(([name]) => name);
}

/** Returns all properties at any depth, with their names. */
function keysOf(node: Schema): readonly (readonly [string, Schema])[] {
  const below = Object.values(node).flatMap((value: unknown) => (isSchema(value) ? keysOf(value) : []));
  return [...Object.entries(node.properties ?? {}), ...below];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null;
}

function referredBy({ $ref }: Schema, { $defs = {} }: Schema): Schema | undefined {
  return $ref === undefined ? undefined : $defs[$ref.replace("#/$defs/", "")];
}
