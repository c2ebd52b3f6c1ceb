import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Descriptor } from "../../src/model/descriptor.ts";
import { ImgsyncError } from "../../src/model/error.ts";
import type { Repository } from "../../src/model/reference.ts";
import type { RegistryClient } from "../../src/registry/client.ts";
import { atMirror, withMirrors } from "../../src/registry/mirrors.ts";
import { reference } from "../support/changes.ts";
import type { TestClientOptions } from "../support/client.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { image, smallImage } from "../support/images.ts";
import { randomLayer, type TestDescriptor } from "../support/layers.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();

type Mirrored = { readonly reading: RegistryClient; readonly warnings: readonly string[] };

/** Creates a client that reads `origin` from the mirrors, each under its path. */
function mirrored(origin: EmbeddedRegistry, mirrors: readonly Repository[], options?: TestClientOptions): Mirrored {
  const warnings: string[] = [];
  const reading = withMirrors(client(options), {
    mirrorsOf: (repository) =>
      repository.host === origin.host ? mirrors.map((mirror) => atMirror(mirror, repository)) : [],
    onWarning: (host, text) => warnings.push(`${host}: ${text}`),
  });
  return { reading, warnings };
}

const whole = ({ host }: EmbeddedRegistry): Repository => ({ host, path: "" });

async function bytesOf(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const app = smallImage(1);
const [layer] = app.blobs;
assert.ok(layer !== undefined);
const { bytes: layerBytes } = layer;
const descriptor = plain(layer.descriptor);

function plain({ mediaType, digest, size }: TestDescriptor): Descriptor {
  return { mediaType, digest, size };
}

describe("a mirror", () => {
  it("serves content by digest under its own path, without asking the registry", async () => {
    const [origin, mirror] = [await start(), await start()];
    mirror.putImage("cache/team/app", "v1", app);
    const { reading, warnings } = mirrored(origin, [{ host: mirror.host, path: "cache" }]);
    const repository = { host: origin.host, path: "team/app" };
    const content = await reading.reader.readManifest({ repository, digest: app.digest }, calm);
    assert.deepEqual(content?.bytes, Buffer.from(app.bytes));
    assert.deepEqual(await bytesOf(await reading.blobs.open(repository, descriptor, calm)), Buffer.from(layerBytes));
    const found = await reading.reader.resolve({ repository, digest: app.digest }, calm);
    assert.equal(found?.digest, app.digest);
    assert.equal(origin.log.length, 0);
    assert.deepEqual(warnings, []);
  });

  it("that lacks content is skipped without a warning, and asked again for other content", async () => {
    const [origin, mirror] = [await start(), await start()];
    origin.putImage("app", "v1", app);
    const { reading, warnings } = mirrored(origin, [whole(mirror)]);
    const repository = { host: origin.host, path: "app" };
    const content = await reading.reader.readManifest({ repository, digest: app.digest }, calm);
    assert.deepEqual(content?.bytes, Buffer.from(app.bytes));
    assert.deepEqual(await bytesOf(await reading.blobs.open(repository, descriptor, calm)), Buffer.from(layerBytes));
    assert.equal(mirror.log.length, 2);
    assert.deepEqual(warnings, []);
  });

  it("that fails is no longer used, with one warning, and the next one serves the content", async () => {
    const origin = await start();
    const broken = await start({ onRequest: () => ({ kind: "answer", status: 500, body: "" }) });
    const second = await start();
    second.putImage("app", "v1", app);
    const { reading, warnings } = mirrored(origin, [whole(broken), whole(second)]);
    const repository = { host: origin.host, path: "app" };
    assert.ok(await reading.reader.readManifest({ repository, digest: app.digest }, calm));
    const asked = broken.log.length;
    assert.deepEqual(await bytesOf(await reading.blobs.open(repository, descriptor, calm)), Buffer.from(layerBytes));
    assert.equal(broken.log.length, asked, "it is not asked again");
    assert.equal(origin.log.length, 0);
    assert.deepEqual(warnings, [
      `${broken.host}: this mirror is not used any further: ${broken.host} answered 500 to GET manifest`,
    ]);
  });

  it("that refuses one repository is still asked for others", async () => {
    const origin = await start();
    const mirror = await start({
      onRequest: ({ repository }) => (repository === "closed" ? { kind: "answer", status: 403, body: "" } : undefined),
    });
    origin.putImage("closed", "v1", app);
    mirror.putImage("open", "v1", app);
    const { reading } = mirrored(origin, [whole(mirror)]);
    for (const path of ["closed", "open"])
      assert.ok(
        await reading.reader.readManifest({ repository: { host: origin.host, path }, digest: app.digest }, calm),
      );
    assert.equal(origin.countRequests({ repository: "open" }), 0);
  });

  it("with wrong bytes is not trusted, and the blob is read again from the registry", async () => {
    const origin = await start();
    const big = image({ layers: [randomLayer({ seed: 1, size: 200_000 })] });
    origin.putImage("app", "v1", big);
    const lying = await start({
      onRequest: ({ kind }) =>
        kind === "blob" ? { kind: "rewrite", body: new Uint8Array(big.blobs.at(-1)?.bytes.length ?? 0) } : undefined,
    });
    lying.putImage("app", "v1", big);
    const { reading, warnings } = mirrored(origin, [whole(lying)]);
    const blob = big.blobs.at(-1);
    assert.ok(blob !== undefined);
    const repository = { host: origin.host, path: "app" };
    const read = (): Promise<Buffer> =>
      reading.retry(
        async () => bytesOf(await reading.blobs.open(repository, plain(blob.descriptor), calm)),
        calm.signal,
      );
    assert.deepEqual(await read(), Buffer.from(blob.bytes));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /other content than its digest says/);
  });

  it("is not asked for a tag while the registry answers, even that the tag does not exist", async () => {
    const [origin, mirror] = [await start(), await start()];
    mirror.putImage("app", "v1", app);
    const { reading } = mirrored(origin, [whole(mirror)]);
    assert.equal(await reading.reader.resolve(reference(`${origin.host}/app:v1`), calm), undefined);
    assert.equal(mirror.log.length, 0);
  });

  it("is not asked for tags or referrers when a gateway answers that the registry is unavailable", async () => {
    const origin = await start({ onRequest: () => ({ kind: "answer", status: 503, body: "" }) });
    const mirror = await start();
    mirror.putImage("app", "v1", app);
    const { reading } = mirrored(origin, [whole(mirror)]);
    const repository = { host: origin.host, path: "app" };
    const isAway = (thrown: unknown): boolean => {
      assert.ok(thrown instanceof ImgsyncError);
      assert.equal(thrown.code, "REGISTRY_UNREACHABLE");
      assert.match(thrown.message, /answered 503/);
      return true;
    };
    await assert.rejects(reading.reader.listTags(repository, calm), isAway);
    await assert.rejects(reading.reader.listReferrers({ repository, digest: app.digest }, calm), isAway);
    assert.equal(mirror.log.length, 0);
  });

  it("resolves tags while the registry cannot be reached, with one warning for all", async () => {
    const [origin, mirror] = [await start(), await start()];
    mirror.putImage("app", "v1", app);
    mirror.putImage("app", "v2", app);
    const { reading, warnings } = mirrored(origin, [whole(mirror)]);
    await origin.stop();
    for (const tag of ["v1", "v2"]) {
      const found = await reading.reader.resolve(reference(`${origin.host}/app:${tag}`), calm);
      assert.equal(found?.digest, app.digest);
    }
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /tags are read from 127\.0\.0\.1:\d+, which may be behind: cannot reach/);
    await assert.rejects(reading.reader.resolve(reference(`${origin.host}/app:v3`), calm), {
      code: "REGISTRY_UNREACHABLE",
    });
  });

  it("is never asked for a list of tags", async () => {
    const [origin, mirror] = [await start(), await start()];
    mirror.putImage("app", "v1", app);
    const { reading } = mirrored(origin, [whole(mirror)]);
    await origin.stop();
    await assert.rejects(reading.reader.listTags({ host: origin.host, path: "app" }, calm), {
      code: "REGISTRY_UNREACHABLE",
    });
    assert.equal(mirror.log.length, 0);
  });

  it("gets its own credentials, if any, and never those of the registry", async () => {
    const origin = await start({ auth: { kind: "basic", users: { me: "origin-secret" } } });
    const mirror = await start({ auth: { kind: "basic", users: { other: "mirror-secret" } } });
    mirror.putImage("app", "v1", app);
    const seen: (string | undefined)[] = [];
    const other = await start({ onRequest: ({ headers }) => void seen.push(headers.authorization) });
    const users = {
      [origin.host]: { username: "me", password: "origin-secret" },
      [mirror.host]: { username: "other", password: "mirror-secret" },
    };
    const { reading } = mirrored(origin, [whole(other), whole(mirror)], { users });
    const repository = { host: origin.host, path: "app" };
    assert.ok(await reading.reader.readManifest({ repository, digest: app.digest }, calm));
    assert.deepEqual(seen, [undefined]);
    assert.equal(origin.log.length, 0);
  });
});
