import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const SOURCES = fileURLToPath(new URL("../../src", import.meta.url));

describe("the AWS libraries", () => {
  it("are imported only on demand, since most plans do not need them", async () => {
    const files = (await readdir(SOURCES, { recursive: true })).filter((name) => name.endsWith(".ts"));
    const loading = files.map(async (name) => {
      const text = await readFile(join(SOURCES, name), "utf8");
      const isStatic = /^(?:import|export) (?!type\b)[^;]*from "@(?:aws-sdk|smithy)\//m.test(text);
      return { name, isStatic, isOnDemand: /await import\("@(?:aws-sdk|smithy)\//.test(text) };
    });
    const found = await Promise.all(loading);
    assert.deepEqual(
      found.filter(({ isStatic }) => isStatic).map(({ name }) => name),
      [],
    );
    assert.deepEqual(
      found
        .filter(({ isOnDemand }) => isOnDemand)
        .map(({ name }) => name.replaceAll("\\", "/"))
        .toSorted(),
      ["credentials/aws/aws.ts", "credentials/aws/profile-program.ts", "products/ecr/api.ts"],
    );
  });
});
