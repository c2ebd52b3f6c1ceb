import assert from "node:assert/strict";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Descriptor } from "../../../src/model/descriptor.ts";
import type { Repository } from "../../../src/model/reference.ts";
import type { ServedRepository } from "../../../src/model/served-repository.ts";
import type { Store } from "../../../src/model/store.ts";
import { createServe } from "../../../src/stores/as-registry/serve.ts";
import { createLayoutStore } from "../../../src/stores/oci-layout/store.ts";
import { makeFolder } from "../../support/cli.ts";
import { instantClock } from "../../support/client.ts";
import { type Exchange, fetchOnce, type Received } from "../../support/http.ts";
import {
  artifact,
  image as imageOf,
  referrersIndex,
  referrersTag,
  smallImage,
  type TestImage,
} from "../../support/images.ts";
import { randomLayer, type TestDescriptor } from "../../support/layers.ts";
import { calm, createScope } from "../../support/scope.ts";

const { client, onEnd } = createScope();

const LAYOUT: Repository = { host: "oci:mirror", path: "" };

type Place = {
  readonly store: Store;
  readonly folder: string;
  readonly served: ServedRepository;
  readonly user: { readonly username: string; readonly password: string };
  /** Sends a request below `/v2/NAME/` with the password. */
  readonly ask: (path: string, exchange?: Exchange) => Promise<Received>;
  readonly blobPath: (digest: string) => string;
};

/** Writes the images to a layout, by digest or with a tag, and serves it. */
async function serve(images: readonly (readonly [tag: string | undefined, image: TestImage])[]): Promise<Place> {
  const folder = await makeFolder();
  onEnd(folder.remove);
  const store = createLayoutStore({ folder: folder.path, allowed: [], clock: instantClock() });
  for (const [tag, image] of images) await putImage(store, tag, image);
  const served = await createServe(store)(LAYOUT, calm);
  onEnd(served.close);
  const { credential, repository } = served;
  assert.ok(credential.kind === "basic");
  const user = { username: credential.username, password: credential.password.reveal() };
  return {
    store,
    folder: join(folder.path, "mirror"),
    served,
    user,
    ask: (path, exchange) =>
      fetchOnce(`http://${repository.host}/v2/${repository.path}/${path}`, { credentials: user, ...exchange }),
    blobPath: (digest) => join(folder.path, "mirror/blobs", ...digest.split(":")),
  };
}

async function putImage(store: Store, tag: string | undefined, image: TestImage): Promise<void> {
  for (const child of image.children) await putImage(store, undefined, child);
  for (const { descriptor: described, bytes } of image.blobs) {
    const descriptor = plain(described);
    const upload = await store.blobs.begin({ descriptor, source: LAYOUT, target: LAYOUT, holder: undefined, ...calm });
    await upload?.(once(bytes));
  }
  const content = { descriptor: plain(image.descriptor), bytes: image.bytes };
  await (tag === undefined
    ? store.manifests.putByDigest(LAYOUT, content, calm)
    : store.manifests.put(LAYOUT, tag, content, calm));
}

function plain({ mediaType, digest, size }: TestDescriptor): Descriptor {
  return { mediaType, digest, size };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("an OCI layout that is served as a registry", () => {
  it("has the layout's tags, manifests, blobs and referrers", async () => {
    const image = smallImage(1);
    const annotations = { "org.example.kind": "test" };
    const sbom = artifact(image, { artifactType: "application/spdx+json", content: "sbom", annotations });
    const { served, user } = await serve([
      ["v1", image],
      ["v2", smallImage(2)],
      [undefined, sbom],
    ]);
    const { repository } = served;
    const { reader, manifests, blobs } = client({ users: { [repository.host]: user } });
    assert.deepEqual((await reader.listTags(repository, calm))?.tags, ["v1", "v2"]);
    assert.equal((await reader.resolve({ repository, tag: "v1" }, calm))?.digest, image.digest);
    const content = await manifests.read({ repository, digest: image.digest }, calm);
    assert.deepEqual(Buffer.from(content?.bytes ?? []), Buffer.from(image.bytes));
    assert.equal(content?.descriptor.mediaType, image.mediaType);
    for (const { descriptor, bytes } of image.blobs) {
      assert.equal(await blobs.look(repository, descriptor.digest, calm), "there");
      const read = await collect(await blobs.open(repository, plain(descriptor), calm));
      assert.deepEqual(Buffer.from(read), Buffer.from(bytes));
    }
    const listed = await reader.listReferrers({ repository, digest: image.digest }, calm);
    assert.deepEqual(listed, [{ ...sbom.descriptor, annotations: new Map(Object.entries(annotations)) }]);
    assert.deepEqual(await reader.listReferrers({ repository, digest: sbom.digest }, calm), []);
    assert.equal(served.failure(), undefined);
  });

  it("lists the referrers under the digest's tag too, each once and as its manifest describes it", async () => {
    const image = smallImage(1);
    const [listed, tagged] = ["one", "two"].map((content) =>
      artifact(image, { artifactType: "application/x.test", content }),
    );
    assert.ok(listed && tagged);
    const renamed = { ...listed, descriptor: { ...listed.descriptor, artifactType: "application/x.wrong" } };
    const { ask } = await serve([
      ["v1", image],
      [undefined, listed],
      // only the tag names the second
      [referrersTag(image), { ...referrersIndex([renamed, tagged]), children: [] }],
    ]);
    const { text } = await ask(`referrers/${image.digest}`);
    const { manifests } = JSON.parse(text) as { readonly manifests: readonly object[] };
    assert.deepEqual(manifests, [listed.descriptor, tagged.descriptor]);
  });

  it("answers HEAD with the size and without a body", async () => {
    const image = smallImage(1);
    const { ask } = await serve([["v1", image]]);
    const [blob] = image.blobs;
    const asked = [`manifests/v1`, `manifests/${image.digest}`, `blobs/${blob?.descriptor.digest ?? ""}`];
    for (const path of asked) {
      const { status, headers, bytes } = await ask(path, { method: "HEAD" });
      assert.equal(status, 200, path);
      assert.ok(Number(headers["content-length"]) > 0, path);
      assert.equal(bytes.length, 0);
    }
    assert.equal((await ask("manifests/v9", { method: "HEAD" })).status, 404);
  });

  it("gives nothing without the password", async () => {
    const image = smallImage(1);
    const { served, user, ask } = await serve([["v1", image]]);
    const paths = ["manifests/v1", `manifests/${image.digest}`, "tags/list", `referrers/${image.digest}`, "blobs/x"];
    const others = [undefined, { ...user, password: "guessed" }, { ...user, password: `${user.password}0` }];
    for (const credentials of others) {
      const { status } = await fetchOnce(`http://${served.repository.host}/v2/`, credentials && { credentials });
      assert.equal(status, 401);
      for (const path of paths)
        for (const method of ["GET", "HEAD", "PUT", "DELETE"]) {
          const headers: Record<string, string> = credentials === undefined ? { authorization: "" } : {};
          const { status: refused, text } = await ask(path, { method, headers, ...(credentials && { credentials }) });
          assert.equal(refused, 401, `${method} ${path}`);
          assert.ok(!text.includes("v1") && !text.includes("schemaVersion"), text);
        }
    }
    assert.match(user.password, /^[0-9a-f]{64}$/);
  });

  it("cannot be written to", async () => {
    const image = smallImage(1);
    const { ask, folder } = await serve([["v1", image]]);
    const before = await readdir(folder, { recursive: true });
    const writes = [
      ["PUT", "manifests/v2"],
      ["DELETE", `manifests/${image.digest}`],
      ["POST", "blobs/uploads/"],
      ["DELETE", `blobs/${image.blobs[0]?.descriptor.digest ?? ""}`],
      ["PATCH", "blobs/uploads/1"],
    ] as const;
    for (const [method, path] of writes) {
      const { status } = await ask(path, method === "DELETE" ? { method } : { method, body: image.bytes });
      assert.equal(status, 405, `${method} ${path}`);
    }
    assert.deepEqual(await readdir(folder, { recursive: true }), before);
    assert.equal((await ask("manifests/v1")).status, 200);
  });

  it("has no other repository and no other files", async () => {
    const { served, user, ask } = await serve([["v1", smallImage(1)]]);
    const get = async (path: string): Promise<number> =>
      (await fetchOnce(`http://${served.repository.host}${path}`, { credentials: user })).status;
    for (const path of ["/", "/v2/other/manifests/v1", "/v2/_catalog", "/v2/layout/../layout/index.json"])
      assert.equal(await get(path), 404, path);
    for (const path of ["index.json", "blobs/sha256/x", "blobs/../index.json", `blobs/sha256:${"0".repeat(64)}`])
      assert.equal((await ask(path)).status, 404, path);
    assert.equal((await ask("manifests/-v1")).status, 400);
  });

  it("fails, and reports no absence, when content that is listed is missing", async () => {
    const image = smallImage(1);
    const { served, ask, blobPath } = await serve([["v1", image]]);
    await rm(blobPath(image.digest));
    const { status } = await ask("manifests/v1");
    assert.equal(status, 403);
    assert.match(String(served.failure()), /oci:mirror@sha256:[0-9a-f]{64} is not there/);
  });

  it("fails when a blob is damaged", async () => {
    const image = smallImage(1);
    const { served, ask, blobPath } = await serve([["v1", image]]);
    const [blob] = image.blobs;
    assert.ok(blob);
    await ask("manifests/v1");
    await writeFile(blobPath(blob.descriptor.digest), Buffer.alloc(blob.bytes.length));
    const { status, bytes } = await ask(`blobs/${blob.descriptor.digest}`);
    assert.equal(status, 403);
    assert.ok(!Buffer.from(bytes).includes(0));
    assert.match(String(served.failure()), /oci:mirror has other content than its digest says/);
    await rm(blobPath(blob.descriptor.digest));
    for (const method of ["GET", "HEAD"])
      assert.equal((await ask(`blobs/${blob.descriptor.digest}`, { method })).status, 403);
  });

  it("cuts the answer short when a large blob is damaged at its end", async () => {
    const image = imageOf({ layers: [randomLayer({ size: 5 * 1024 * 1024, seed: 1 })] });
    const { served, ask, blobPath } = await serve([["v1", image]]);
    const layer = image.blobs.at(-1);
    assert.ok(layer);
    await ask("manifests/v1");
    const path = `blobs/${layer.descriptor.digest}`;
    assert.deepEqual((await ask(path)).bytes, Buffer.from(layer.bytes));
    const damaged = Buffer.from(layer.bytes);
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
    await writeFile(blobPath(layer.descriptor.digest), damaged);
    assert.equal(served.failure(), undefined);
    await assert.rejects(ask(path));
    assert.match(String(served.failure()), /oci:mirror has other content than its digest says/);
  });

  it("ends open requests when it is closed, and answers no more", async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<AbortSignal>();
    const { store } = await serve([["v1", smallImage(1)]]);
    const slow: Store = {
      ...store,
      reader: {
        ...store.reader,
        listTags: (_, { signal }) => {
          begin(signal);
          return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("ended"))));
        },
      },
    };
    const served = await createServe(slow)(LAYOUT, calm);
    const { credential, repository } = served;
    assert.ok(credential.kind === "basic");
    const credentials = { username: credential.username, password: credential.password.reveal() };
    const url = `http://${repository.host}/v2/${repository.path}/tags/list`;
    const open = assert.rejects(fetchOnce(url, { credentials }));
    const signal = await begun;
    await served.close();
    await open;
    assert.ok(signal.aborted);
    await assert.rejects(fetchOnce(url, { credentials }), { code: "ECONNREFUSED" });
    assert.equal(served.failure(), undefined);
  });
});
