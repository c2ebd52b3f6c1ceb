import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImgsyncError } from "../../src/model/error.ts";
import type { FaultAction } from "../support/embedded-registry/faults.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();

type Page = {
  readonly repositories?: unknown;
  readonly status?: number;
  readonly link?: string;
  readonly body?: string;
};

/** Lists the repositories of a registry that answers each request by its query; returns the names, or the error's code and message. */
async function list(pageOf: (query: URLSearchParams, host: string) => Page) {
  let host = "";
  const asked: string[] = [];
  const registry = await start({
    onRequest: ({ path, query }): FaultAction | undefined => {
      if (path !== "/v2/_catalog") return undefined;
      asked.push(query.toString());
      const { status = 200, link, repositories, body = JSON.stringify({ repositories }) } = pageOf(query, host);
      return { kind: "answer", status, body, headers: link === undefined ? {} : { link } };
    },
  });
  host = registry.host;
  const place = { host, path: "team" };
  const result = await client()
    .catalog.list(place, calm)
    .catch((thrown: unknown) => {
      if (thrown instanceof ImgsyncError) return `${thrown.code}: ${thrown.message}`;
      throw thrown;
    });
  return { result, asked, log: registry.log };
}

const many = (from: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `r${String(from + at).padStart(6, "0")}`);

describe("the list of repositories", () => {
  it("follows every Link to the end, also from a page that is short or empty", async () => {
    const { result, asked } = await list((query) => {
      if (query.get("last") === "b") return { repositories: ["c"] };
      if (query.get("last") === "a") return { repositories: [], link: '</v2/_catalog?n=2&last=b>; rel="next"' };
      return { repositories: ["b", "a"], link: '</v2/_catalog?n=2&last=a>; rel="next"' };
    });
    assert.deepEqual(result, ["a", "b", "c"]);
    assert.deepEqual(asked, ["n=1000", "n=2&last=a", "n=2&last=b"]);
  });

  it("asks for more after a full page without a Link", async () => {
    const { result, asked } = await list((query) => {
      const last = query.get("last");
      return { repositories: last === null ? many(0, 1000) : last === "r000999" ? many(1000, 3) : [] };
    });
    assert.equal(result.length, 1003);
    assert.deepEqual(asked, ["n=1000", "n=1000&last=r000999"]);
  });

  it("ends when a registry sends the same full page again", async () => {
    const { result, asked } = await list(() => ({ repositories: many(0, 1000) }));
    assert.equal(result.length, 1000);
    assert.equal(asked.length, 2);
  });

  it("may be empty", async () => {
    assert.deepEqual((await list(() => ({ repositories: null }))).result, []);
    assert.deepEqual((await list(() => ({ repositories: [] }))).result, []);
  });

  for (const [name, pageOf, error] of [
    [
      "repeats its pages",
      () => ({ repositories: ["a"], link: '</v2/_catalog?n=1>; rel="next"' }),
      /^LIMIT_EXCEEDED: .* pages that repeat/,
    ],
    [
      "continues on another host",
      () => ({ repositories: ["a"], link: '<http://x.test/v2/_catalog>; rel="next"' }),
      /^EGRESS_REFUSED/,
    ],
    ["continues at another path", () => ({ repositories: ["a"], link: '</v2/other>; rel="next"' }), /^EGRESS_REFUSED/],
    ["has an invalid Link", () => ({ repositories: ["a"], link: "<<" }), /^REGISTRY_PROTOCOL/],
    [
      "breaks off",
      (query: URLSearchParams) =>
        query.has("last") ? { status: 403 } : { repositories: ["a"], link: '</v2/_catalog?last=a>; rel="next"' },
      /^DENIED/,
    ],
    ["has no names", () => ({ body: '{"repositories":[1]}' }), /^REGISTRY_PROTOCOL/],
    ["is another object", () => ({ body: "{}" }), /^REGISTRY_PROTOCOL/],
    ["does not exist", () => ({ status: 404 }), /^UNSUPPORTED: .* does not list its repositories/],
    ["is not allowed", () => ({ status: 405 }), /^UNSUPPORTED/],
  ] as readonly (readonly [string, (query: URLSearchParams) => Page, RegExp])[])
    it(`is an error when it ${name}`, async () => {
      const { result } = await list(pageOf);
      assert.match(String(result), error);
    });

  it("ends with an error when it has more than 100,000 names", async () => {
    const { result } = await list((query) => {
      const from = Number(query.get("from") ?? 0);
      return { repositories: many(from, 20_000), link: `</v2/_catalog?from=${from + 20_000}>; rel="next"` };
    });
    assert.match(String(result), /^LIMIT_EXCEEDED: .* more than 100000 repositories/);
  });

  it("asks for a token with the scope of the catalog, and not for a repository", async () => {
    const scopes: string[] = [];
    const registry = await start({
      auth: { kind: "token", users: { u: "p" } },
      onRequest: ({ path, query, headers }): FaultAction | undefined => {
        if (path === "/token") scopes.push(...query.getAll("scope"));
        return path === "/v2/_catalog" && headers.authorization !== undefined
          ? { kind: "answer", status: 200, body: '{"repositories":["a"]}' }
          : undefined;
      },
    });
    const names = await client({ users: { [registry.host]: { username: "u", password: "p" } } })
      .catalog.list({ host: registry.host, path: "team" }, calm)
      .catch((thrown: unknown) => thrown);
    assert.deepEqual([scopes, names], [["registry:catalog:*"], ["a"]]);
  });
});
