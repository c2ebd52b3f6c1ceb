import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import type { Places } from "../../../src/manifest/keys/text.ts";
import { TEXT_PLACES } from "../../../src/manifest/parse/text-places.ts";

type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly $defs?: Readonly<Record<string, Schema>>;
};

const schema: Schema = JSON.parse(
  readFileSync(new URL("../../../schemas/images.schema.json", import.meta.url), "utf8"),
);

it("the text places are those where the schema allows a string other than an enum value", () => {
  assert.deepEqual(TEXT_PLACES, placesOf(schema));
});

function placesOf(written: Schema): Places | undefined {
  const here = resolve(written);
  const branches = [...(here.anyOf ?? []), ...(here.oneOf ?? [])].map(placesOf);
  const keys = Object.entries(here.properties ?? {}).map(([key, value]) => ({ keys: { [key]: placesOf(value) } }));
  const anyKey = typeof here.additionalProperties === "object" ? placesOf(here.additionalProperties) : undefined;
  const items = here.items === undefined ? undefined : placesOf(here.items);
  const own = [here.type ?? []].flat().includes("string") ? [{ isText: true as const }] : [];
  return merge([...own, ...branches, ...keys, { ...(anyKey && { anyKey }) }, { ...(items && { items }) }]);
}

function resolve(written: Schema): Schema {
  const name = written.$ref?.replace("#/$defs/", "");
  return name === undefined ? written : (schema.$defs?.[name] ?? {});
}

function merge(parts: readonly (PlacesPart | undefined)[]): Places | undefined {
  const merged: { isText?: true; items?: Places; anyKey?: Places; keys?: Record<string, Places> } = {};
  for (const part of parts) {
    if (part?.isText) merged.isText = true;
    if (part?.items) merged.items = part.items;
    if (part?.anyKey) merged.anyKey = part.anyKey;
    for (const [key, places] of Object.entries(part?.keys ?? {})) {
      if (places !== undefined) merged.keys = { ...merged.keys, [key]: places };
    }
  }
  return Object.keys(merged).length === 0 ? undefined : merged;
}

type PlacesPart = Omit<Places, "keys"> & { readonly keys?: Readonly<Record<string, Places | undefined>> };
