import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { createHosts } from "../../src/products/api/hosts.ts";
import { PRODUCT_APIS } from "../../src/products/api/table.ts";
import { KNOWN_UNIVERSES } from "../../src/products/universes.ts";
import { defaultHostSettings } from "../../src/model/host-settings.ts";
import { secret } from "../../src/model/secret.ts";
import { createApiClient } from "../../src/http/api.ts";
import { instantClock } from "../support/client.ts";
import { startJsonServer, withHeaders } from "../support/json-server.ts";
import { calm, createScope } from "../support/scope.ts";

const { client, onEnd } = createScope();
const FOLDER = new URL("answers/", import.meta.url);

/** `recorded` from a registry, copied from the `vendor`'s own tests, or written by us as the vendor `documented` it. */
const ORIGINS = new Set(["recorded", "vendor", "documented"]);

type Case = {
  readonly name: string;
  readonly origin: string;
  readonly source: string;
  /** What was changed in the answers, and what is unknown. */
  readonly note: string;
  readonly host: string;
  readonly path: string;
  readonly tags: readonly string[];
  /** By request line. */
  readonly answers: Readonly<Record<string, unknown>>;
  /** The headers of answers, by request line, if they matter. */
  readonly headers?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly immutable: "all" | readonly string[];
};

async function casesOf(product: string): Promise<readonly Case[]> {
  const text = await readFile(new URL(`${product}.json`, FOLDER), "utf8");
  return (JSON.parse(text) as { readonly cases: readonly Case[] }).cases;
}

describe("sample answers of the registries' own APIs", () => {
  it("exist for each known product, with their source, and for no other", async () => {
    const names = PRODUCT_APIS.map(({ facts }) => facts.name);
    const files = await readdir(FOLDER);
    assert.deepEqual(files.toSorted(), names.map((name) => `${name}.json`).toSorted());
    for (const name of names) {
      const cases = await casesOf(name);
      assert.notEqual(cases.length, 0, name);
      for (const { origin, source, note } of cases) {
        assert.ok(ORIGINS.has(origin), `${name}: ${origin}`);
        assert.match(source, /^https:\/\/[a-z.]+\/\S+$/, name);
        assert.match(note, /\.$/, name);
      }
    }
  });

  for (const { facts } of PRODUCT_APIS) {
    const product = facts.name;
    it(`of ${product} are understood`, async () => {
      for (const { name, host, path, tags, answers, headers, immutable } of await casesOf(product)) {
        const served = Object.entries(answers).map(([line, json]) => [line, withHeaders(json, headers?.[line] ?? {})]);
        const server = await startJsonServer(Object.fromEntries(served));
        onEnd(server.stop);
        const hosts = createHosts({
          api: createApiClient({ egress: client().egress, clock: instantClock(), random: () => 0 }),
          apiSettings: () => ({ ...defaultHostSettings(server.host), plainHttp: true }),
          credentials: {
            find: async () => ({ kind: "basic", username: "ada", password: secret("s3cret"), origin: "here" }),
          },
          accessTokens: { find: async () => ({ token: secret("token") }) },
          apiToken: () => secret("token"),
          aws: { find: async () => ({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: secret("example") }) },
          universes: KNOWN_UNIVERSES,
          named: () => product,
        });
        const policy = await hosts.tagPolicy({ host, path }, { tags, ...calm });
        assert.deepEqual([policy?.immutable, policy?.unknown], [immutable, undefined], name);
        const asked = new Set(server.log.map(({ line }) => line));
        assert.deepEqual([...asked].toSorted(), Object.keys(answers).toSorted(), name);
      }
    });
  }
});
