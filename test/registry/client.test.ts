import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import type { Descriptor } from "../../src/model/descriptor.ts";
import { digestOf } from "../../src/model/digest.ts";
import type { RegistryError } from "../../src/http/error.ts";
import { instantClock } from "../support/client.ts";
import { reference } from "../support/changes.ts";
import { smallImage, twoPlatformIndex } from "../support/images.ts";
import type { TestDescriptor } from "../support/layers.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();
const hex = "0".repeat(64);

function plainDescriptor({ mediaType, digest, size }: TestDescriptor): Descriptor {
  return { mediaType, digest, size };
}

describe("resolving", () => {
  it("sends one HEAD with the full Accept list", async () => {
    const registry = await start();
    const index = twoPlatformIndex(1);
    registry.putImage("a/b", "v1", index);
    const found = await client().reader.resolve(reference(`${registry.host}/a/b:v1`), calm);
    assert.deepEqual(found, { digest: index.digest, mediaType: index.mediaType, size: index.bytes.length });
    assert.deepEqual(
      registry.log.map(({ method }) => method),
      ["HEAD"],
    );
    assert.equal(registry.log[0]?.headers.accept?.split(", ").length, 4);
  });

  it("returns undefined for a missing tag and a missing repository", async () => {
    const registry = await start();
    registry.putImage("a/b", "v1", smallImage(1));
    const { reader } = client();
    assert.equal(await reader.resolve(reference(`${registry.host}/a/b:v2`), calm), undefined);
    assert.equal(await reader.resolve(reference(`${registry.host}/none:v1`), calm), undefined);
  });

  it("reads and hashes the manifest when the answer has no digest", async () => {
    const registry = await start({
      onRequest: ({ kind }) =>
        kind === "manifest" ? { kind: "rewrite", headers: { "docker-content-digest": undefined } } : undefined,
    });
    const image = smallImage(1);
    registry.putImage("a", "v1", image);
    assert.equal((await client().reader.resolve(reference(`${registry.host}/a:v1`), calm))?.digest, image.digest);
  });

  it("repeats a refused HEAD as GET to get the reason", async () => {
    const registry = await start({
      onRequest: ({ kind }) =>
        kind === "manifest"
          ? {
              kind: "answer",
              status: 403,
              body: '{"errors":[{"code":"DENIED","message":"Permission missing on resource"}]}',
            }
          : undefined,
    });
    await assert.rejects(client().reader.resolve(reference(`${registry.host}/a:v1`), calm), (error: RegistryError) => {
      assert.equal(error.code, "DENIED");
      assert.match(error.message, /Permission missing on resource/);
      return true;
    });
  });

  it("refuses a registry that answers a pin with another digest", async () => {
    const registry = await start({
      onRequest: () => ({ kind: "rewrite", headers: { "docker-content-digest": `sha256:${hex}` } }),
    });
    const image = smallImage(1);
    registry.putImage("a", "v1", image);
    await assert.rejects(client().reader.resolve(reference(`${registry.host}/a@${image.digest}`), calm), {
      code: "CONTENT_MISMATCH",
    });
  });
});

describe("reading manifests", () => {
  it("reads each manifest once in a run, also for concurrent requests", async () => {
    const registry = await start();
    const image = smallImage(1);
    registry.putImage("a", "v1", image);
    const { reader } = client();
    const pinned = { repository: reference(`${registry.host}/a`).repository, digest: image.digest };
    await Promise.all([1, 2, 3].map(() => reader.readManifest(pinned, calm)));
    await reader.readManifest(pinned, calm);
    assert.equal(registry.log.length, 1);
  });

  it("rejects bytes that do not match the digest, and retries only once", async () => {
    const registry = await start({
      onRequest: ({ kind }) => (kind === "manifest" ? { kind: "rewrite", body: '{"evil":true}' } : undefined),
    });
    const image = smallImage(1);
    registry.putImage("a", "v1", image);
    const pinned = { repository: reference(`${registry.host}/a`).repository, digest: image.digest };
    await assert.rejects(client().reader.readManifest(pinned, calm), { code: "CONTENT_MISMATCH" });
    assert.equal(registry.log.length, 2);
  });

  it("stops reading at the size limit", async () => {
    const registry = await start({
      onRequest: ({ kind }) =>
        kind === "manifest" ? { kind: "rewrite", body: " ".repeat(5 * 1024 * 1024) } : undefined,
    });
    const image = smallImage(1);
    registry.putImage("a", "v1", image);
    const pinned = { repository: reference(`${registry.host}/a`).repository, digest: image.digest };
    await assert.rejects(client().reader.readManifest(pinned, calm), { code: "LIMIT_EXCEEDED" });
  });
});

describe("listing tags", () => {
  it("follows relative and absolute page links, and sorts the tags", async () => {
    for (const absoluteLinks of [false, true]) {
      const registry = await start({ pageSize: 3, absoluteLinks });
      for (let at = 0; at < 10; at += 1) registry.putImage("a/b", `v${(at * 7) % 10}`, smallImage(1));
      const list = await client().reader.listTags(reference(`${registry.host}/a/b`).repository, calm);
      assert.deepEqual(
        list?.tags,
        Array.from({ length: 10 }, (_, at) => `v${at}`),
      );
      assert.equal(registry.log.length, 4);
    }
  });

  it("returns undefined for an unknown repository, and no tags for null", async () => {
    const registry = await start({
      onRequest: ({ repository }) =>
        repository === "null" ? { kind: "answer", status: 200, body: '{"name":"null","tags":null}' } : undefined,
    });
    const { reader } = client();
    assert.equal(await reader.listTags(reference(`${registry.host}/none`).repository, calm), undefined);
    assert.deepEqual(await reader.listTags(reference(`${registry.host}/null`).repository, calm), {
      tags: [],
      skipped: 0,
    });
  });

  it("skips and counts names that are not valid tags", async () => {
    const registry = await start({
      onRequest: () => ({
        kind: "answer",
        status: 200,
        body: JSON.stringify({ tags: ["ok", "-v", "../x", "a\u001b[2J"] }),
      }),
    });
    assert.deepEqual(await client().reader.listTags(reference(`${registry.host}/a`).repository, calm), {
      tags: ["ok"],
      skipped: 3,
    });
  });

  it("reads the digests in Google's lists", async () => {
    const registry = await start({ tagDigests: true });
    const image = smallImage(1);
    registry.putImage("a", "v1", image);
    const list = await client().reader.listTags(reference(`${registry.host}/a`).repository, calm);
    assert.deepEqual([...(list?.digests ?? [])], [["v1", image.digest]]);
  });

  it("reads at most the given number of pages, and marks the list as partial", async () => {
    const registry = await start({ pageSize: 2 });
    for (const tag of ["a", "b", "c", "d", "e"]) registry.putImage("a/b", tag, smallImage(1));
    const { repository } = reference(`${registry.host}/a/b:x`);
    const { reader } = client();
    assert.deepEqual(await reader.listTags(repository, { ...calm, pages: 2 }), {
      tags: ["a", "b", "c", "d"],
      skipped: 0,
      isPartial: true,
    });
    assert.equal(registry.countRequests({ kind: "tags" }), 2);
    assert.equal((await reader.listTags(repository, { ...calm, pages: 3 }))?.isPartial, undefined);
  });

  it("leaves out the digest of a tag that a list has under two digests", async () => {
    const [one, two] = [smallImage(1), smallImage(2)];
    const registry = await start({
      onRequest: ({ kind }) =>
        kind === "tags"
          ? {
              kind: "answer",
              status: 200,
              headers: { "content-type": "application/json" },
              body: JSON.stringify({
                tags: ["moved", "still"],
                manifest: { [one.digest]: { tag: ["moved", "still"] }, [two.digest]: { tag: ["moved"] } },
              }),
            }
          : undefined,
    });
    const list = await client().reader.listTags(reference(`${registry.host}/a/b:x`).repository, calm);
    assert.deepEqual(list?.tags, ["moved", "still"]);
    assert.deepEqual([...(list?.digests ?? [])], [["still", one.digest]]);
  });

  it("fails on a list that links to itself or to another host", async () => {
    const link = (target: string) => () =>
      ({ kind: "answer", status: 200, headers: { link: `<${target}>; rel="next"` }, body: '{"tags":["a"]}' }) as const;
    const endless = await start({ onRequest: link("/v2/a/tags/list?last=a") });
    await assert.rejects(client().reader.listTags(reference(`${endless.host}/a`).repository, calm), {
      code: "LIMIT_EXCEEDED",
    });
    assert.equal(endless.log.length, 2);
    const leaving = await start({ onRequest: link("https://evil.example.com/v2/a/tags/list") });
    await assert.rejects(client().reader.listTags(reference(`${leaving.host}/a`).repository, calm), {
      code: "EGRESS_REFUSED",
    });
  });
});

describe("authentication", () => {
  const users = { ada: "s3cret" };

  it("answers Basic, and sends it with every later request", async () => {
    const registry = await start({ auth: { kind: "basic", users } });
    registry.putImage("a", "v1", smallImage(1));
    const { reader } = client({ users: { [registry.host]: { username: "ada", password: "s3cret" } } });
    for (let count = 0; count < 3; count += 1) await reader.resolve(reference(`${registry.host}/a:v1`), calm);
    assert.deepEqual(
      registry.log.map(({ status }) => status),
      [401, 200, 200, 200],
    );
  });

  it("gets one token per repository for many requests, after a single 401", async () => {
    const registry = await start({ auth: { kind: "token", users } });
    for (const repository of ["a", "b"])
      for (let at = 0; at < 5; at += 1) registry.putImage(repository, `v${at}`, smallImage(at));
    const { reader } = client({ users: { [registry.host]: { username: "ada", password: "s3cret" } } });
    await reader.resolve(reference(`${registry.host}/a:v0`), calm);
    await Promise.all(
      ["a", "b"].flatMap((name) =>
        [0, 1, 2, 3, 4].map((at) => reader.resolve(reference(`${registry.host}/${name}:v${at}`), calm)),
      ),
    );
    assert.equal(registry.countRequests({ kind: "token" }), 2);
    assert.equal(registry.countRequests({ status: 401 }), 1);
  });

  it("renews a token before it expires, without a failed request", async () => {
    let time = 0;
    const registry = await start({ auth: { kind: "token", users, expiresIn: 300, now: () => time } });
    registry.putImage("a", "v1", smallImage(1));
    const clock = { ...instantClock(), monotonic: () => time, now: () => new Date(time) };
    const { reader } = client({ users: { [registry.host]: { username: "ada", password: "s3cret" } }, clock });
    await reader.resolve(reference(`${registry.host}/a:v1`), calm);
    time = 250_000;
    await reader.resolve(reference(`${registry.host}/a:v1`), calm);
    assert.deepEqual(
      registry.log.map(({ kind, status }) => `${kind} ${status}`),
      ["manifest 401", "token 200", "manifest 200", "token 200", "manifest 200"],
    );
  });

  it("renews a token before the body of a blob when less than a minute is left", async () => {
    let time = 0;
    const registry = await start({ auth: { kind: "token", users, expiresIn: 100, now: () => time } });
    const clock = { ...instantClock(), monotonic: () => time, now: () => new Date(time) };
    const { blobs } = client({ users: { [registry.host]: { username: "ada", password: "s3cret" } }, clock });
    const { repository } = reference(`${registry.host}/a`);
    const bytes = Buffer.from("a layer");
    const descriptor = { mediaType: "text/plain", digest: digestOf(bytes), size: bytes.byteLength };
    const started = await blobs.start(repository, calm);
    assert.ok(started.kind === "open");
    time = 45_000;
    assert.equal(await blobs.look(repository, descriptor.digest, calm), "absent");
    await blobs.finish(started.session, descriptor, Readable.from([bytes]), calm);
    assert.deepEqual(
      registry.log.map(({ kind, method, status }) => `${method} ${kind} ${status}`),
      ["POST upload 401", "GET token 200", "POST upload 202", "HEAD blob 404", "GET token 200", "PUT upload 201"],
    );
  });

  it("gets a new token when the registry expires the old one early", async () => {
    let isRevoked = false;
    const registry = await start({
      auth: { kind: "token", users },
      onRequest: ({ kind, headers }) => {
        if (kind !== "manifest" || headers.authorization === undefined || !isRevoked) return undefined;
        isRevoked = false;
        return {
          kind: "answer",
          status: 401,
          headers: { "www-authenticate": `Bearer realm="http://${headers.host}/token",service="x"` },
        };
      },
    });
    registry.putImage("a", "v1", smallImage(1));
    const { reader } = client({ users: { [registry.host]: { username: "ada", password: "s3cret" } } });
    await reader.resolve(reference(`${registry.host}/a:v1`), calm);
    isRevoked = true;
    assert.notEqual(await reader.resolve(reference(`${registry.host}/a:v1`), calm), undefined);
  });

  it("names the origin of refused credentials but not the password, and does not retry", async () => {
    for (const auth of [
      { kind: "basic", users },
      { kind: "token", users },
    ] as const) {
      const registry = await start({ auth });
      registry.putImage("a", "v1", smallImage(1));
      const { reader } = client({ users: { [registry.host]: { username: "ada", password: "wrong-one" } } });
      await assert.rejects(reader.resolve(reference(`${registry.host}/a:v1`), calm), (error: RegistryError) => {
        assert.equal(error.code, "UNAUTHENTICATED");
        assert.match(error.details.hint ?? "", /the credentials from the test were refused/);
        assert.ok(!JSON.stringify(error.details).includes("wrong-one"));
        return true;
      });
      assert.ok(registry.log.length <= 3);
    }
  });

  it("suggests docker login when there are no credentials", async () => {
    const registry = await start({ auth: { kind: "basic", users } });
    await assert.rejects(client().reader.resolve(reference(`${registry.host}/a:v1`), calm), (error: RegistryError) => {
      assert.match(error.details.hint ?? "", /docker login/);
      return true;
    });
  });

  it("sends no credentials over an unprotected connection", async () => {
    const registry = await start({ auth: { kind: "basic", users } });
    const { reader } = client({
      users: { [registry.host]: { username: "ada", password: "s3cret" } },
      settings: () => ({ allowsCredentials: false }),
    });
    await assert.rejects(reader.resolve(reference(`${registry.host}/a:v1`), calm), { code: "CREDENTIALS_FAILED" });
    assert.ok(registry.log.every(({ authorization }) => !authorization));
  });
});

describe("egress", () => {
  const users = { ada: "s3cret" };

  it("follows a blob redirect to its storage without credentials", async () => {
    const storage = await start();
    const image = smallImage(1);
    storage.putImage("a", "v1", image);
    const registry = await start({
      auth: { kind: "basic", users },
      onRequest: ({ kind, path, headers }) =>
        kind === "blob" && headers.authorization !== undefined
          ? { kind: "answer", status: 307, headers: { location: `${storage.url}${path}?sig=1` } }
          : undefined,
    });
    registry.putImage("a", "v1", image);
    const { blobs } = client({ users: { [registry.host]: { username: "ada", password: "s3cret" } } });
    const [config] = image.blobs;
    assert.ok(config !== undefined);
    const { repository } = reference(`${registry.host}/a`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of await blobs.open(repository, plainDescriptor(config.descriptor), calm))
      chunks.push(chunk);
    assert.equal(digestOf(Buffer.concat(chunks)), config.descriptor.digest);
    assert.deepEqual(
      storage.log.map(({ authorization }) => authorization),
      [false],
    );
  });

  it("fails on redirect loops and on chains that are too long", async () => {
    const circle = await start({
      onRequest: ({ path }) => ({ kind: "answer", status: 307, headers: { location: path } }),
    });
    await assert.rejects(client().reader.resolve(reference(`${circle.host}/a:v1`), calm), { code: "EGRESS_REFUSED" });
    assert.equal(circle.log.length, 1);
    const chain = await start({
      onRequest: ({ number }) => ({ kind: "answer", status: 302, headers: { location: `/hop${number}` } }),
    });
    await assert.rejects(client().reader.resolve(reference(`${chain.host}/a:v1`), calm), { code: "EGRESS_REFUSED" });
    assert.equal(chain.log.length, 6);
  });

  it("does not follow a redirect of the token service", async () => {
    const registry = await start({
      auth: { kind: "token", users },
      onRequest: ({ kind }) =>
        kind === "token" ? { kind: "answer", status: 302, headers: { location: "/v2/" } } : undefined,
    });
    await assert.rejects(client().reader.resolve(reference(`${registry.host}/a:v1`), calm), { code: "EGRESS_REFUSED" });
  });

  it("asks a token service on another host anonymously", async () => {
    const elsewhere = await start({ auth: { kind: "token", users } });
    const registry = await start({ auth: { kind: "token", users, realm: `${elsewhere.url}/token` } });
    const { reader } = client({ users: { [registry.host]: { username: "ada", password: "s3cret" } } });
    await assert.rejects(reader.resolve(reference(`${registry.host}/a:v1`), calm), (error: RegistryError) => {
      assert.equal(error.code, "UNAUTHENTICATED");
      return true;
    });
    assert.ok(elsewhere.log.length > 0);
    assert.ok(elsewhere.log.every(({ authorization }) => !authorization));
  });

  it("refuses an upload to another host unless the user allowed it", async () => {
    const other = await start();
    const onRequest = ({ method, kind }: { method: string; kind: string }) =>
      method === "POST" && kind === "upload"
        ? ({ kind: "rewrite", headers: { location: `${other.url}/v2/a/blobs/uploads/1` } } as const)
        : undefined;
    const registry = await start({ onRequest });
    const { repository } = reference(`${registry.host}/a`);
    const [config] = smallImage(1).blobs;
    assert.ok(config !== undefined);
    const { Readable } = await import("node:stream");
    const tryIt = async (allowed: readonly string[]): Promise<unknown> => {
      const { blobs } = client({ settings: () => ({ uploadHosts: allowed }) });
      const started = await blobs.start(repository, calm);
      assert.equal(started.kind, "open");
      return started.kind === "open"
        ? blobs
            .finish(started.session, plainDescriptor(config.descriptor), Readable.from([config.bytes]), calm)
            .catch((error: unknown) => error)
        : undefined;
    };
    assert.equal(((await tryIt([])) as RegistryError).code, "EGRESS_REFUSED");
    assert.equal(other.log.length, 0);
    await tryIt([other.host]);
    assert.equal(other.log.length, 1);
    assert.ok(other.log.every(({ authorization }) => !authorization));
  });

  it("connects only to the registries that the user named when the manifest is untrusted", async () => {
    const registry = await start();
    await assert.rejects(
      client({ onlyHosts: new Set(["registry.example.com"]) }).reader.resolve(reference(`${registry.host}/a:v1`), calm),
      { code: "EGRESS_REFUSED" },
    );
    assert.equal(registry.log.length, 0);
  });

  it("never connects to link-local addresses", async () => {
    await assert.rejects(client().reader.resolve(reference("169.254.169.254/a:v1"), calm), { code: "EGRESS_REFUSED" });
    await assert.rejects(client().reader.resolve(reference("[fe80::1]:5000/a:v1"), calm), { code: "EGRESS_REFUSED" });
  });

  it("explains a refused connection and a host without TLS", async () => {
    const registry = await start();
    const { reader } = client();
    await registry.stop();
    await assert.rejects(reader.resolve(reference(`${registry.host}/a:v1`), calm), {
      code: "REGISTRY_UNREACHABLE",
      message: `cannot reach ${registry.host}: the connection was refused`,
    });
    const plain = await start();
    await assert.rejects(
      client({ settings: () => ({ plainHttp: false }) }).reader.resolve(reference(`${plain.host}/a:v1`), calm),
      (error: RegistryError) => {
        assert.equal(error.code, "TLS_FAILED");
        assert.match(error.details.hint ?? "", /plainHttp: true/);
        return true;
      },
    );
  });

  it("uses few connections for many requests", async () => {
    const registry = await start();
    for (let at = 0; at < 100; at += 1) registry.putImage("a", `v${at}`, smallImage(1));
    const { reader } = client();
    await Promise.all(
      Array.from({ length: 100 }, (_, at) => reader.resolve(reference(`${registry.host}/a:v${at}`), calm)),
    );
    assert.ok(registry.connections() <= 64, `${registry.connections()} connections`);
  });

  it("finishes all requests after some of them got 429", async () => {
    let refusals = 5;
    const registry = await start({
      onRequest: () =>
        refusals-- > 0
          ? {
              kind: "answer",
              status: 429,
              headers: { "retry-after": "3" },
              body: '{"errors":[{"code":"TOOMANYREQUESTS"}]}',
            }
          : undefined,
    });
    registry.putImage("a", "v1", smallImage(1));
    const { reader } = client();
    await Promise.all(Array.from({ length: 20 }, () => reader.resolve(reference(`${registry.host}/a:v1`), calm)));
    assert.equal(registry.countRequests({ status: 200 }), 20);
  });

  it("reports a Warning header and continues", async () => {
    const registry = await start({
      onRequest: () => ({ kind: "rewrite", headers: { warning: '299 - "will be \\"gone\\" soon"' } }),
    });
    registry.putImage("a", "v1", smallImage(1));
    const made = client();
    await made.reader.resolve(reference(`${registry.host}/a:v1`), calm);
    assert.deepEqual(made.warnings, ['will be "gone" soon']);
  });
});
