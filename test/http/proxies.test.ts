import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeCertificates } from "../support/certificates.ts";
import { reference } from "../support/changes.ts";
import { type ForwardProxy, startForwardProxy } from "../support/forward-proxy.ts";
import { smallImage } from "../support/images.ts";
import { requirePrograms } from "../support/programs.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, client, onEnd } = createScope();

async function proxyTo(upstream: string): Promise<ForwardProxy> {
  const proxy = await startForwardProxy(upstream);
  onEnd(proxy.stop);
  return proxy;
}

describe("proxies", () => {
  it("are set separately for http and https", async (t) => {
    if (!requirePrograms(t, "openssl")) return;
    const certificates = await makeCertificates();
    onEnd(certificates.remove);
    const plain = await start();
    const secure = await start({ tls: { certificate: certificates.server.certificate, key: certificates.server.key } });
    for (const registry of [plain, secure]) registry.putImage("a", "v1", smallImage(1));
    const [http, https] = [await proxyTo(plain.host), await proxyTo(secure.host)];
    const { reader } = client({
      proxies: { http: http.url, https: https.url.replace("http://", "http://ada:s3cret@") },
      settings: (host) => ({ plainHttp: host.startsWith("plain"), insecureTls: true }),
    });
    assert.notEqual(await reader.resolve(reference("plain.registry.test/a:v1"), calm), undefined);
    assert.notEqual(await reader.resolve(reference("secure.registry.test/a:v1"), calm), undefined);
    assert.deepEqual(http.seen, ["HEAD http://plain.registry.test"]);
    assert.deepEqual(https.seen, [
      `CONNECT secure.registry.test:443 Basic ${Buffer.from("ada:s3cret").toString("base64")}`,
    ]);
  });

  it("are not used for this machine or for hosts in NO_PROXY", async () => {
    const registry = await start();
    registry.putImage("a", "v1", smallImage(1));
    const proxy = await proxyTo(registry.host);
    const { reader } = client({ proxies: { http: proxy.url, no: "direct.registry.invalid,.example.invalid" } });
    await reader.resolve(reference(`${registry.host}/a:v1`), calm);
    for (const host of ["direct.registry.invalid", "sub.example.invalid"]) {
      await assert.rejects(reader.resolve(reference(`${host}/a:v1`), calm), { code: "REGISTRY_UNREACHABLE" });
    }
    assert.deepEqual(proxy.seen, []);
  });

  it("are not used for http if only https has one", async () => {
    const registry = await start();
    const proxy = await proxyTo(registry.host);
    const { reader } = client({ proxies: { https: proxy.url } });
    await assert.rejects(reader.resolve(reference("plain.registry.invalid/a:v1"), calm), {
      code: "REGISTRY_UNREACHABLE",
    });
    assert.deepEqual(proxy.seen, []);
  });
});
