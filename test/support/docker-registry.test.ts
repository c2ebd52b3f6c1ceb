import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeCertificates } from "./certificates.ts";
import { cleanUpAfterEach } from "./clean-up.ts";
import { startCountingProxy } from "./counting-proxy.ts";
import { type DockerRegistryOptions, startDockerRegistry } from "./docker-registry.ts";
import { startRegistry } from "./embedded-registry/registry.ts";
import { type Access, fetchOnce, originOf } from "./http.ts";
import { smallImage, twoPlatformIndex } from "./images.ts";
import { requirePrograms } from "./programs.ts";
import { pushImage } from "./push-image.ts";
import { skopeoInspectRaw } from "./skopeo.ts";

const cleanUp = cleanUpAfterEach();

async function startReal(options: DockerRegistryOptions = {}): Promise<string> {
  const registry = await startDockerRegistry(options);
  cleanUp(() => registry.stop());
  return registry.host;
}

describe("the real docker-registry", () => {
  it("stores test images, and serves them to skopeo unchanged", async (t) => {
    if (!requirePrograms(t, "docker-registry", "skopeo")) return;
    const host = await startReal();
    const pushed = twoPlatformIndex(1);
    await pushImage(host, "team/app", "v1", pushed);
    assert.deepEqual(Buffer.from(await skopeoInspectRaw(`${host}/team/app:v1`)), Buffer.from(pushed.bytes));
  });

  it("uses the name of the counting proxy in its upload locations", async (t) => {
    if (!requirePrograms(t, "docker-registry")) return;
    const proxy = await startCountingProxy(await startReal());
    cleanUp(() => proxy.stop());
    await pushImage(proxy.host, "app", "v1", smallImage(1));
    const sequence = proxy.log.map(({ method, kind, status }) => `${method} ${kind} ${status}`);
    const blob = ["HEAD blob 404", "POST upload 202", "PUT upload 201"];
    assert.deepEqual(sequence, [...blob, ...blob, "PUT manifest 201"]);
    const { status, headers, bytes } = await fetchOnce(`http://${proxy.host}/v2/app/manifests/v1`, {
      headers: { accept: smallImage(1).mediaType },
    });
    assert.equal(status, 200);
    assert.equal(headers["docker-content-digest"], smallImage(1).digest);
    assert.equal(proxy.log.at(-1)?.bytesOut, bytes.length);
  });

  it("uses TLS, and requires a client certificate and a password", async (t) => {
    if (!requirePrograms(t, "docker-registry", "openssl", "htpasswd")) return;
    const certificates = await makeCertificates();
    cleanUp(() => certificates.remove());
    const credentials = { username: "ann", password: "s3cret" };
    const host = await startReal({ tls: { certificates, client: true }, htpasswd: credentials });
    const { certificate, key } = certificates.client;
    const access = { tls: { ca: certificates.ca, certificate, key }, credentials };
    assert.equal((await fetchOnce(`https://${host}/v2/`, access)).status, 200);
    assert.equal((await fetchOnce(`https://${host}/v2/`, { tls: access.tls })).status, 401);
    await assert.rejects(fetchOnce(`https://${host}/v2/`, { tls: { ca: certificates.ca }, credentials }));
    await pushImage(host, "app", "v1", smallImage(1), access);
  });

  it("gives the same answers as the embedded registry", async (t) => {
    if (!requirePrograms(t, "docker-registry")) return;
    const embedded = await startRegistry({ referrers: false, uploadLocation: "absolute", singlePost: false });
    cleanUp(() => embedded.stop());
    const real = await startReal();
    const [transcript, expected] = [await probe(embedded.host), await probe(real)];
    assert.deepEqual(transcript, expected);
  });
});

/** Returns the status and error code of a registry for a fixed series of valid and invalid requests. */
async function probe(host: string): Promise<readonly string[]> {
  const stored = twoPlatformIndex(1);
  const small = smallImage(1);
  const [blob] = small.blobs;
  const digest = blob?.descriptor.digest ?? "";
  const absent = `sha256:${"0".repeat(64)}`;
  await pushImage(host, "app", "v1", stored);
  await pushImage(host, "base", "v1", small);
  const put = (
    image: typeof small,
  ): Access & { method: string; headers: Record<string, string>; body: Uint8Array } => ({
    method: "PUT",
    headers: { "content-type": image.mediaType },
    body: image.bytes,
  });
  const accept = { headers: { accept: stored.mediaType } };
  const series = [
    ["/v2/", {}],
    ["/v2/app/manifests/v1", accept],
    ["/v2/app/manifests/v1", { ...accept, method: "HEAD" }],
    ["/v2/app/manifests/v9", accept],
    ["/v2/none/manifests/v1", accept],
    [`/v2/app/manifests/${absent}`, accept],
    [`/v2/app/manifests/${stored.digest}`, accept],
    [`/v2/base/blobs/${digest}`, {}],
    [`/v2/base/blobs/${digest}`, { method: "HEAD" }],
    [`/v2/base/blobs/${digest}`, { headers: { range: "bytes=0-9" } }],
    [`/v2/base/blobs/${absent}`, {}],
    ["/v2/none/tags/list", {}],
    ["/v2/app/tags/list", {}],
    [`/v2/app/referrers/${stored.digest}`, {}],
    [`/v2/other/blobs/uploads/?mount=${digest}&from=base`, { method: "POST", body: "" }],
    [`/v2/other/blobs/uploads/?mount=${absent}&from=base`, { method: "POST", body: "" }],
    [`/v2/other/blobs/uploads/?mount=${digest}`, { method: "POST", body: "" }],
    ["/v2/empty/manifests/v1", put(small)],
    ["/v2/empty/manifests/v1", put(stored)],
    [`/v2/base/manifests/${absent}`, put(small)],
    [`/v2/base/manifests/v2`, put(small)],
    [`/v2/base/manifests/${small.digest}`, { method: "DELETE" }],
    [`/v2/base/blobs/${digest}`, { method: "DELETE" }],
    [`/v2/base/blobs/${digest}`, { method: "DELETE" }],
  ] as const;
  const answers: string[] = [];
  for (const [path, exchange] of series) {
    const { status, text, headers } = await fetchOnce(`${originOf(host, {})}${path}`, exchange);
    const code = /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? "";
    const shown = String(headers["docker-content-digest"] ?? "");
    answers.push(`${"method" in exchange ? exchange.method : "GET"} ${path}: ${status} ${code} ${shown}`);
  }
  return answers;
}
