import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type EmbeddedRegistry, startRegistry } from "./embedded-registry/registry.ts";
import type { RegistryOptions } from "./embedded-registry/options.ts";
import { isWrite } from "./embedded-registry/transcript.ts";
import { makeCertificates } from "./certificates.ts";
import { cleanUpAfterEach } from "./clean-up.ts";
import { type Exchange, fetchOnce, type Received } from "./http.ts";
import { artifact, index, smallImage, twoPlatformIndex } from "./images.ts";
import { requirePrograms } from "./programs.ts";
import { pushImage } from "./push-image.ts";
import { skopeoCopy, skopeoInspectRaw } from "./skopeo.ts";

const ACCEPT =
  "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, " +
  "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

const cleanUp = cleanUpAfterEach();

async function start(options: RegistryOptions = {}): Promise<EmbeddedRegistry> {
  const registry = await startRegistry(options);
  cleanUp(registry.stop);
  return registry;
}

function ask({ url }: EmbeddedRegistry, path: string, exchange: Exchange = {}): Promise<Received> {
  return fetchOnce(`${url}${path}`, { ...exchange, headers: { accept: ACCEPT, ...exchange.headers } });
}

/** Returns the codes of an OCI error answer. */
function codes({ text }: Received): readonly string[] {
  return [...text.matchAll(/"code":"([A-Z_]+)"/g)].map((match) => match[1] ?? "");
}

describe("manifests", () => {
  it("serves an index by tag and by digest with its bytes unchanged", async () => {
    const registry = await start();
    const pushed = twoPlatformIndex(1, { attestations: true });
    await pushImage(registry.host, "team/app", "v1", pushed);
    for (const reference of ["v1", pushed.digest]) {
      const { status, headers, bytes } = await ask(registry, `/v2/team/app/manifests/${reference}`);
      assert.equal(status, 200);
      assert.equal(headers["docker-content-digest"], pushed.digest);
      assert.equal(headers["content-type"], pushed.mediaType);
      assert.deepEqual(Buffer.from(bytes), Buffer.from(pushed.bytes));
    }
    const head = await ask(registry, "/v2/team/app/manifests/v1", { method: "HEAD" });
    assert.equal(head.headers["content-length"], String(pushed.bytes.length));
    assert.equal(head.bytes.length, 0);
  });

  it("does not serve a manifest to a client that does not accept its type", async () => {
    const registry = await start();
    registry.putImage("app", "v1", twoPlatformIndex(1));
    const headers = { accept: "application/vnd.oci.image.manifest.v1+json" };
    const received = await ask(registry, "/v2/app/manifests/v1", { headers });
    assert.equal(received.status, 404);
    assert.deepEqual(codes(received), ["MANIFEST_UNKNOWN"]);
  });

  it("refuses an index without its children and an image without its blobs", async () => {
    const registry = await start();
    for (const image of [twoPlatformIndex(1), smallImage(1)]) {
      const headers = { "content-type": image.mediaType };
      const exchange = { method: "PUT", headers, body: image.bytes };
      assert.deepEqual(codes(await ask(registry, "/v2/app/manifests/v1", exchange)), ["MANIFEST_BLOB_UNKNOWN"]);
    }
    assert.equal(registry.store.tags("app").size, 0);
  });

  it("refuses bytes that do not match the digest under which they are pushed", async () => {
    const registry = await start();
    const [one, other] = [smallImage(1), smallImage(2)];
    registry.putImage("app", undefined, one);
    const exchange = { method: "PUT", headers: { "content-type": one.mediaType }, body: one.bytes };
    const received = await ask(registry, `/v2/app/manifests/${other.digest}`, exchange);
    assert.equal(received.status, 400);
    assert.deepEqual(codes(received), ["DIGEST_INVALID"]);
  });

  it("deletes only the tag by tag, and all tags of a digest by digest", async () => {
    const registry = await start();
    const { digest } = smallImage(1);
    for (const tag of ["a", "b", "c"]) registry.putImage("app", tag, smallImage(1));
    assert.equal((await ask(registry, "/v2/app/manifests/a", { method: "DELETE" })).status, 202);
    assert.deepEqual([...registry.store.tags("app").keys()], ["b", "c"]);
    assert.equal((await ask(registry, `/v2/app/manifests/${digest}`, { method: "DELETE" })).status, 202);
    assert.equal(registry.store.tags("app").size, 0);
  });
});

describe("blobs and uploads", () => {
  const bytes = Buffer.from("0123456789");
  const digest = "sha256:84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882";

  it("accepts a blob as one PUT, as chunks, and as a single POST", async () => {
    const registry = await start();
    const open = async (): Promise<string> =>
      (await ask(registry, "/v2/app/blobs/uploads/", { method: "POST" })).headers.location ?? "";
    const whole = `${await open()}&digest=${digest}`;
    assert.equal((await ask(registry, whole, { method: "PUT", body: bytes })).status, 201);
    registry.store.deleteBlob("app", digest);

    const session = await open();
    const chunk = { method: "PATCH", headers: { "content-range": "0-3" }, body: bytes.subarray(0, 4) };
    assert.equal((await ask(registry, session, chunk)).headers.range, "0-3");
    assert.equal((await ask(registry, session, chunk)).status, 416);
    const rest = { method: "PUT", body: bytes.subarray(4) };
    assert.equal((await ask(registry, `${session}&digest=${digest}`, rest)).status, 201);
    registry.store.deleteBlob("app", digest);

    const post = { method: "POST", body: bytes };
    assert.equal((await ask(registry, `/v2/app/blobs/uploads/?digest=${digest}`, post)).status, 201);
    assert.deepEqual(registry.store.blobs("app"), [digest]);
    assert.equal(registry.store.uploads.size, 0);
  });

  it("refuses a blob with another digest, and removes a cancelled session", async () => {
    const registry = await start({ uploadLocation: "opaque" });
    const open = async (): Promise<string> =>
      (await ask(registry, "/v2/app/blobs/uploads/", { method: "POST" })).headers.location ?? "";
    const first = await open();
    assert.match(first, /^http:\/\/127\.0\.0\.1:\d+\/artifacts-uploads\//);
    const wrong = await fetchOnce(`${first}&digest=${digest}`, { method: "PUT", body: "else" });
    assert.deepEqual(codes(wrong), ["DIGEST_INVALID"]);
    assert.equal((await fetchOnce(await open(), { method: "DELETE" })).status, 204);
    assert.equal(registry.store.uploads.size, 0);
  });

  it("mounts a blob from another repository, unless mounts are off", async () => {
    for (const [mounts, status] of [
      [true, 201],
      [false, 202],
    ] as const) {
      const registry = await start({ mounts });
      registry.store.putBlob("base", bytes);
      const path = `/v2/app/blobs/uploads/?mount=${digest}&from=base`;
      assert.equal((await ask(registry, path, { method: "POST" })).status, status);
      assert.equal(registry.store.getBlob("app", digest) !== undefined, mounts);
    }
  });

  it("serves a range of a blob", async () => {
    const registry = await start();
    registry.store.putBlob("app", bytes);
    const received = await ask(registry, `/v2/app/blobs/${digest}`, { headers: { range: "bytes=2-4" } });
    assert.equal(received.status, 206);
    assert.equal(received.text, "234");
    assert.equal(received.headers["content-range"], "bytes 2-4/10");
  });
});

describe("lists", () => {
  it("pages tags with links until there are no more", async () => {
    const registry = await start({ pageSize: 2 });
    for (const tag of ["b", "a", "e", "d", "c"]) registry.putImage("app", tag, smallImage(1));
    const pages: string[] = [];
    let path: string | undefined = "/v2/app/tags/list?n=1000";
    while (path !== undefined) {
      const received: Received = await ask(registry, path);
      pages.push(received.text);
      path = /^<(.+)>; rel="next"$/.exec(String(received.headers["link"] ?? ""))?.[1];
    }
    assert.deepEqual(pages, [
      '{"name":"app","tags":["a","b"]}',
      '{"name":"app","tags":["c","d"]}',
      '{"name":"app","tags":["e"]}',
    ]);
  });

  it("lists referrers by type, and answers 404 when the API is off", async () => {
    const subject = smallImage(1);
    const signature = artifact(subject, { artifactType: "test/signature", content: "signed" });
    const sbom = artifact(subject, { artifactType: "test/sbom", content: "parts" });
    const [on, off] = [await start(), await start({ referrers: false })];
    for (const registry of [on, off]) {
      registry.putImage("app", "v1", subject);
      for (const item of [signature, sbom]) registry.putImage("app", undefined, item);
    }
    const path = `/v2/app/referrers/${subject.digest}`;
    const all = await ask(on, path);
    assert.ok(all.text.includes(signature.digest) && all.text.includes(sbom.digest));
    const some = await ask(on, `${path}?artifactType=test/sbom`);
    assert.ok(!some.text.includes(signature.digest) && some.text.includes(sbom.digest));
    assert.equal(some.headers["oci-filters-applied"], "artifactType");
    assert.equal((await ask(off, path)).status, 404);
  });
});

describe("access", () => {
  const credentials = { username: "ann", password: "s3cret" };
  const users = { ann: "s3cret" };

  it("requires Basic credentials and checks them", async () => {
    const registry = await start({ auth: { kind: "basic", users } });
    assert.match(String((await ask(registry, "/v2/")).headers["www-authenticate"]), /^Basic realm=/);
    assert.equal((await ask(registry, "/v2/", { credentials: { ...credentials, password: "no" } })).status, 401);
    assert.equal((await ask(registry, "/v2/", { credentials })).status, 200);
    assert.deepEqual(
      registry.log.map(({ authorization }) => authorization),
      [false, true, true],
    );
  });

  it("grants a token for the requested scopes, which expires", async () => {
    let time = 0;
    const registry = await start({ auth: { kind: "token", users, expiresIn: 100, now: () => time } });
    registry.putImage("app", "v1", smallImage(1));
    const challenge = String((await ask(registry, "/v2/app/manifests/v1")).headers["www-authenticate"]);
    assert.equal(
      challenge,
      `Bearer realm="${registry.url}/token",service="${registry.host}",scope="repository:app:pull"`,
    );
    const granted = await ask(registry, "/token?scope=repository:app:pull", { credentials });
    const headers = { authorization: `Bearer ${/"token":"([^"]+)"/.exec(granted.text)?.[1] ?? ""}` };
    assert.equal((await ask(registry, "/v2/app/manifests/v1", { headers })).status, 200);
    const write = await ask(registry, "/v2/app/blobs/uploads/", { method: "POST", headers });
    assert.match(String(write.headers["www-authenticate"]), /error="insufficient_scope"/);
    time = 100_000;
    const late = await ask(registry, "/v2/app/manifests/v1", { headers });
    assert.match(String(late.headers["www-authenticate"]), /error="invalid_token"/);
    assert.equal((await ask(registry, "/token", { method: "POST" })).status, 404);
  });

  it("requires a scope for both repositories of a mount", async () => {
    const registry = await start({ auth: { kind: "token", users } });
    const path = `/v2/app/blobs/uploads/?mount=sha256:${"0".repeat(64)}&from=base`;
    const { headers } = await ask(registry, path, { method: "POST" });
    assert.match(String(headers["www-authenticate"]), /scope="repository:app:pull,push repository:base:pull"/);
  });
});

describe("immutable tags", () => {
  const cases = [
    ["artifact-registry", 400, "cannot update tag v1. The repository has enabled tag immutability", 201],
    ["ecr", 400, "cannot be overwritten because the repository is immutable.", 201],
    ["harbor", 412, "'app:v1' configured as immutable.", 412],
    ["docker-hub", 403, "due to immutability settings", 403],
    ["quay", 409, "TAG_IMMUTABLE", 409],
    ["acr", 405, "REGISTRY_DISALLOWED_OPERATION", 405],
    ["nexus", 400, "Repository does not allow updating assets", 400],
  ] as const;
  for (const [product, status, words, again] of cases) {
    it(`cannot be moved, with the message of ${product}, but can be created`, async () => {
      const registry = await start({ immutable: { product, repositories: ["app"] } });
      registry.putImage("app", "v1", smallImage(1));
      registry.putImage("app", undefined, smallImage(2));
      const put = (tag: string, seed: number): Promise<Received> => {
        const { mediaType, bytes } = smallImage(seed);
        const exchange = { method: "PUT", headers: { "content-type": mediaType }, body: bytes };
        return ask(registry, `/v2/app/manifests/${tag}`, exchange);
      };
      const moved = await put("v1", 2);
      assert.equal(moved.status, status);
      assert.ok(moved.text.includes(words), moved.text);
      assert.equal((await put("v1", 1)).status, again);
      assert.equal((await put("v2", 2)).status, 201);
      assert.notEqual((await ask(registry, "/v2/app/manifests/v1", { method: "DELETE" })).status, 202);
      assert.equal(registry.store.tags("app").get("v1"), smallImage(1).digest);
    });
  }
});

describe("faults", () => {
  const image = smallImage(1);

  async function faulty(options: RegistryOptions): Promise<EmbeddedRegistry> {
    const registry = await start(options);
    registry.putImage("app", "v1", image);
    return registry;
  }

  it("replace an answer, or change its headers", async () => {
    const registry = await faulty({
      onRequest: ({ method }) =>
        method === "HEAD"
          ? { kind: "rewrite", headers: { "docker-content-digest": undefined, warning: '299 - "old"' } }
          : { kind: "answer", status: 429, headers: { "retry-after": "1" }, body: "slow down" },
    });
    const head = await ask(registry, "/v2/app/manifests/v1", { method: "HEAD" });
    assert.equal(head.headers["docker-content-digest"], undefined);
    assert.equal(head.headers["warning"], '299 - "old"');
    const get = await ask(registry, "/v2/app/manifests/v1");
    assert.equal(get.status, 429);
    assert.equal(get.text, "slow down");
  });

  it("drop the connection before the work, after it, or within the body", async () => {
    const next = smallImage(2);
    for (const [fault, done] of [
      [{ kind: "drop" }, false],
      [{ kind: "drop-answer" }, true],
    ] as const) {
      const registry = await faulty({ onRequest: () => fault });
      registry.putImage("app", undefined, next);
      const exchange = { method: "PUT", headers: { "content-type": next.mediaType }, body: next.bytes };
      await assert.rejects(ask(registry, "/v2/app/manifests/v2", exchange));
      assert.equal(registry.store.tags("app").has("v2"), done);
      assert.equal(registry.log[0]?.status, 0);
    }
    const registry = await faulty({ onRequest: () => ({ kind: "truncate", bytes: 10 }) });
    await assert.rejects(ask(registry, "/v2/app/manifests/v1"));
    assert.equal(registry.log[0]?.bytesOut, 10);
  });

  it("hold back a request, an answer or a body until a promise is settled", async () => {
    for (const kind of ["hold", "delay", "stall"] as const) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const seen = Promise.withResolvers<undefined>();
      const registry = await faulty({
        onRequest: () => {
          seen.resolve(undefined);
          if (kind === "hold") return promise;
          return kind === "stall" ? { kind, bytes: 5, until: promise } : { kind, until: promise };
        },
      });
      let isDone = false;
      const received = ask(registry, "/v2/app/manifests/v1").finally(() => (isDone = true));
      await seen.promise;
      assert.equal(isDone, false);
      resolve(undefined);
      assert.equal((await received).bytes.length, image.bytes.length);
    }
  });

  it("do not keep the registry from stopping during an answer", async () => {
    const arrived = Promise.withResolvers<undefined>();
    const registry = await faulty({
      onRequest: () => {
        arrived.resolve(undefined);
        return { kind: "stall", bytes: 5, until: new Promise(() => {}) };
      },
    });
    const failed = assert.rejects(ask(registry, "/v2/app/manifests/v1"));
    await arrived.promise;
    await registry.stop();
    await failed;
    await assert.rejects(ask(registry, "/v2/"));
  });
});

describe("skopeo as an independent client", () => {
  it("copies an index with its digest unchanged, and reads it again", async (t) => {
    if (!requirePrograms(t, "skopeo")) return;
    const [from, to] = [await start(), await start({ uploadLocation: "absolute" })];
    const pushed = twoPlatformIndex(1, { attestations: true });
    from.putImage("team/app", "v1", pushed);
    const { ok, stderr } = await skopeoCopy(`${from.host}/team/app:v1`, `${to.host}/copy/app:v1`);
    assert.ok(ok, stderr);
    assert.equal(to.store.tags("copy/app").get("v1"), pushed.digest);
    assert.equal(to.countRequests((entry) => isWrite(entry)) > 0, true);
    assert.deepEqual(Buffer.from(await skopeoInspectRaw(`${to.host}/copy/app:v1`)), Buffer.from(pushed.bytes));
  });

  it("logs in at the token service and pushes over TLS", async (t) => {
    if (!requirePrograms(t, "skopeo", "openssl")) return;
    const certificates = await makeCertificates();
    cleanUp(() => certificates.remove());
    const { certificate, key } = certificates.server;
    const credentials = { username: "ann", password: "s3cret" };
    const source = await start();
    const target = await start({
      tls: { certificate, key, clientCa: certificates.ca },
      auth: { kind: "token", users: { ann: "s3cret" } },
    });
    const pushed = index([{ image: smallImage(1), platform: "linux/amd64" }]);
    source.putImage("app", "v1", pushed);
    const { ok, stderr } = await skopeoCopy(`${source.host}/app:v1`, `${target.host}/app:v1`, {
      target: { certificateFolder: certificates.folder, credentials },
    });
    assert.ok(ok, stderr);
    assert.equal(target.store.tags("app").get("v1"), pushed.digest);
  });

  it("gets the reason why a tag cannot move", async (t) => {
    if (!requirePrograms(t, "skopeo")) return;
    const source = await start();
    const target = await start({ immutable: { product: "harbor", repositories: ["app"] } });
    source.putImage("app", "v1", smallImage(2));
    target.putImage("app", "v1", smallImage(1));
    const { ok, stderr } = await skopeoCopy(`${source.host}/app:v1`, `${target.host}/app:v1`);
    assert.equal(ok, false);
    assert.match(stderr, /configured as immutable/);
    assert.equal(target.store.tags("app").get("v1"), smallImage(1).digest);
  });
});
