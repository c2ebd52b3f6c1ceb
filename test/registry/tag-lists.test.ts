import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reference } from "../support/changes.ts";
import type { FaultAction } from "../support/embedded-registry/faults.ts";
import type { RegistryRequest } from "../support/embedded-registry/request.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();

type Page = { readonly tags: readonly string[]; readonly link?: string | readonly string[]; readonly body?: unknown };

/** Starts a registry that answers tags/list with the `page` for a query of `n` and `last`. */
async function listing(
  page: (query: URLSearchParams) => Page | FaultAction,
): Promise<{ list: () => Promise<readonly string[] | undefined>; queries: () => readonly string[] }> {
  const registry = await start({
    onRequest: (request: RegistryRequest) => {
      if (request.kind !== "tags") return undefined;
      const found = page(request.query);
      if ("kind" in found) return found;
      const headers = { "content-type": "application/json", link: found.link };
      return { kind: "answer", status: 200, headers, body: JSON.stringify(found.body ?? { tags: found.tags }) };
    },
  });
  const { reader } = client();
  return {
    list: async () => (await reader.listTags(reference(`${registry.host}/app`).repository, calm))?.tags,
    queries: () => registry.log.map(({ query }) => query),
  };
}

const ALL = Array.from({ length: 2001 }, (_, at) => `v${String(at).padStart(4, "0")}`);
const after = (query: URLSearchParams): readonly string[] => ALL.filter((tag) => tag > (query.get("last") ?? ""));
const refused: FaultAction = { kind: "answer", status: 400, body: '{"errors":[{"code":"UNSUPPORTED"}]}' };

describe("listing all tags", () => {
  it("reads the next page from the second of two Link fields", async () => {
    const { list } = await listing((query) =>
      query.has("last")
        ? { tags: ["v3"] }
        : { tags: ["v1", "v2"], link: ['</docs>; rel="help"', '</v2/app/tags/list?last=v2>; rel="next"'] },
    );
    assert.deepEqual(await list(), ["v1", "v2", "v3"]);
  });

  it("asks for more after a full page without a Link, until a page is not full", async () => {
    const { list, queries } = await listing((query) => ({ tags: after(query).slice(0, Number(query.get("n"))) }));
    assert.deepEqual(await list(), ALL);
    assert.deepEqual(queries(), ["?n=1000", "?n=1000&last=v0999", "?n=1000&last=v1999"]);
  });

  it("fails early when the same page repeats under a different link each time", async () => {
    let count = 0;
    const { list, queries } = await listing(() => {
      count += 1;
      return { tags: ["v1", "v2"], link: `</v2/app/tags/list?n=2&last=x${count}>; rel="next"` };
    });
    await assert.rejects(list(), { code: "LIMIT_EXCEEDED" });
    assert.ok(queries().length <= 110, `${queries().length} requests`);
  });

  it("ends when a registry without paging sends the same full list again", async () => {
    const { list, queries } = await listing(() => ({ tags: [...ALL, "-not a tag"] }));
    assert.deepEqual(await list(), ALL);
    assert.equal(queries().length, 2);
  });

  it("ends when the first page comes again with its link", async () => {
    const { list } = await listing((query) => {
      if (query.has("token")) return { tags: ALL.slice(1000, 2000) };
      return { tags: ALL.slice(0, 1000), link: '</v2/app/tags/list?n=1000&token=2>; rel="next"' };
    });
    assert.deepEqual(await list(), ALL.slice(0, 2000));
  });

  it("omits n when the registry refuses it, and still asks for more", async () => {
    const { list, queries } = await listing((query) =>
      query.has("n") ? refused : { tags: after(query).slice(0, 900) },
    );
    assert.deepEqual(await list(), ALL);
    assert.deepEqual(queries().slice(0, 3), ["?n=1000", "", "?last=v0899"]);
  });

  it("accepts a single answer from a registry that supports neither n nor last", async () => {
    const { list } = await listing((query) => (query.size > 0 ? refused : { tags: ["v1", "v2"] }));
    assert.deepEqual(await list(), ["v1", "v2"]);
  });

  it("reports UNSUPPORTED when the registry does not list tags", async () => {
    for (const status of [400, 405, 501]) {
      const { list } = await listing(() => ({ kind: "answer", status }));
      await assert.rejects(list(), { code: "UNSUPPORTED" }, String(status));
    }
  });

  it("reads null as an empty list", async () => {
    assert.deepEqual(await (await listing(() => ({ tags: [], body: { name: "app", tags: null } }))).list(), []);
  });

  for (const body of [
    {},
    { name: "app" },
    { errors: [{ code: "UNKNOWN", message: "backend timeout" }] },
    { tags: ["v1"], errors: [{ code: "UNKNOWN" }] },
    { tags: { a: 1 } },
    { tags: "v1" },
    { tags: [1, null] },
    { tags: ["v1", null] },
    { tags: [["v1"]] },
    ["v1"],
    "v1",
    42,
  ]) {
    for (const at of ["first", "second"]) {
      it(`fails when the ${at} page is ${JSON.stringify(body)}`, async () => {
        const bad: Page = { tags: [], body };
        const good: Page = { tags: ["v1"], link: '</v2/app/tags/list?last=v1>; rel="next"' };
        const { list } = await listing((query) => (at === "first" || query.has("last") ? bad : good));
        await assert.rejects(list(), { code: "REGISTRY_PROTOCOL" });
      });
    }
  }

  it("fails when a later page is missing or the Link cannot be parsed", async () => {
    const missing = await listing((query) =>
      query.has("last")
        ? { kind: "answer", status: 404 }
        : { tags: ["v1"], link: '</v2/app/tags/list?last=v1>; rel="next"' },
    );
    await assert.rejects(missing.list(), { code: "REGISTRY_ERROR" });
    const odd = await listing(() => ({ tags: ["v1"], link: "</v2/app/tags/list?last=v1>" }));
    await assert.rejects(odd.list(), { code: "REGISTRY_PROTOCOL" });
  });
});
