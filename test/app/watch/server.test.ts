import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImgsyncError } from "../../../src/model/error.ts";
import { allowHosts } from "../../../src/app/watch/allowed-hosts.ts";
import { listen, type Page, plain } from "../../../src/app/watch/server.ts";
import { fetchOnce } from "../../support/http.ts";
import { createScope } from "../../support/scope.ts";

const { onEnd } = createScope();

const anybody = { isAllowedHost: () => true, anyHost: new Set<string>() };

async function serve(pages: Readonly<Record<string, Page>>, names: readonly string[] = []) {
  const server = await listen({
    host: "127.0.0.1",
    port: 0,
    pages: new Map(Object.entries(pages)),
    isAllowedHost: allowHosts(names),
    anyHost: new Set(["/healthz"]),
  });
  onEnd(server.close);
  return { ...server, url: `http://${server.address}` };
}

describe("listen", () => {
  it("serves a page, and ignores the query string", async () => {
    const { url } = await serve({ "/": async () => plain(200, "hello\n") });
    for (const path of ["/", "/?refresh=1"]) {
      const { status, text } = await fetchOnce(`${url}${path}`);
      assert.deepEqual([status, text], [200, "hello\n"]);
    }
  });

  it("answers 404 for other paths, and 405 for other methods", async () => {
    const { url } = await serve({ "/": async () => plain(200, "hello\n") });
    const statusOf = async (path: string, method: string) => (await fetchOnce(`${url}${path}`, { method })).status;
    assert.equal(await statusOf("/etc/passwd", "GET"), 404);
    assert.equal(await statusOf("/..%2fetc", "GET"), 404);
    assert.equal(await statusOf("/", "POST"), 405);
    assert.equal(await statusOf("/", "DELETE"), 405);
  });

  it("answers only for loopback and allowed host names, so that DNS rebinding reads nothing", async () => {
    const page = async () => plain(200, "hello\n");
    const { url } = await serve({ "/": page, "/status.json": page, "/metrics": page, "/healthz": page }, [
      "Status.Example.com",
      "10.1.2.3",
      "[fd00:0::1]",
    ]);
    const ask = async (path: string, host: string) => (await fetchOnce(`${url}${path}`, { headers: { host } })).status;
    const allowed = ["localhost", "LOCALHOST:8080", "localhost.", "127.0.0.1:1", "[::1]:8080", "[0:0:0:0:0:0:0:1]"];
    for (const host of [...allowed, "status.example.com:443", "10.1.2.3:8080", "[fd00::1]"])
      assert.equal(await ask("/", host), 200, host);
    const refused = [
      "evil.example",
      "evil.example:8080",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "10.1.2.4",
    ];
    for (const host of [...refused, "a.localhost", "evil@localhost", "localhost:80:80", "[::1", "0.0.0.0"])
      for (const path of ["/", "/status.json", "/metrics", "/nothing"])
        assert.equal(await ask(path, host), 421, `${host}${path}`);
    const { text } = await fetchOnce(url, { headers: { host: "evil.example" } });
    assert.match(text, /--allow-host/);
    assert.doesNotMatch(text, /hello/);
  });

  it("answers probes for any host name", async () => {
    const { url } = await serve({ "/healthz": async () => plain(200, "ok\n") });
    assert.equal((await fetchOnce(`${url}/healthz`, { headers: { host: "10.244.0.7:8080" } })).status, 200);
  });

  it("sends no body in response to HEAD", async () => {
    const { url } = await serve({ "/": async () => plain(200, "hello\n") });
    const { status, headers, bytes } = await fetchOnce(url, { method: "HEAD" });
    assert.deepEqual([status, headers["content-length"], bytes.length], [200, "6", 0]);
  });

  it("forbids scripts, framing, caching and content sniffing", async () => {
    const { url } = await serve({ "/": async () => plain(200, "hello\n") });
    const { headers } = await fetchOnce(url);
    assert.match(String(headers["content-security-policy"]), /default-src 'none'.*frame-ancestors 'none'/);
    assert.doesNotMatch(String(headers["content-security-policy"]), /script/);
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["x-content-type-options"], "nosniff");
  });

  it("hides why a page failed, and continues to serve", async () => {
    const { url } = await serve({
      "/": async () => plain(200, "hello\n"),
      "/broken": async () => {
        throw new Error("token=secret");
      },
    });
    const { status, text } = await fetchOnce(`${url}/broken`);
    assert.equal(status, 500);
    assert.doesNotMatch(text, /secret/);
    assert.equal((await fetchOnce(url)).status, 200);
  });

  it("frees its port on close while a page is still pending", async () => {
    const asked = Promise.withResolvers<void>();
    const server = await listen({
      ...anybody,
      host: "127.0.0.1",
      port: 0,
      pages: new Map([
        [
          "/",
          () => {
            asked.resolve();
            return new Promise(() => undefined);
          },
        ],
      ]),
    });
    const cut = assert.rejects(fetchOnce(`http://${server.address}/`));
    await asked.promise;
    await server.close();
    await cut;
    await assert.rejects(fetchOnce(`http://${server.address}/`), { code: "ECONNREFUSED" });
  });

  it("reports an address that it cannot listen on, with a hint", async () => {
    const { address } = await serve({});
    const port = Number(address.split(":").at(-1));
    await assert.rejects(listen({ ...anybody, host: "127.0.0.1", port, pages: new Map() }), (thrown: unknown) => {
      assert.ok(thrown instanceof ImgsyncError);
      assert.equal(thrown.details.code, "USAGE");
      assert.equal(thrown.details.message, `cannot listen on 127.0.0.1:${port}: EADDRINUSE`);
      assert.match(thrown.details.hint ?? "", /--listen/);
      return true;
    });
  });

  it("puts an IPv6 address in brackets", async (t) => {
    const server = await listen({ ...anybody, host: "::1", port: 0, pages: new Map() }).catch((thrown: unknown) => {
      if (thrown instanceof ImgsyncError) return undefined;
      throw thrown;
    });
    if (server === undefined) return t.skip("this machine has no IPv6");
    assert.match(server.address, /^\[::1\]:\d+$/);
    await server.close();
  });
});
