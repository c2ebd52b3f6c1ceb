import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRegistryEngine } from "../../src/copy/engine.ts";
import type { ImgsyncError } from "../../src/model/error.ts";
import type { Applied } from "../../src/model/ports.ts";
import { change } from "../support/changes.ts";
import { refusal } from "../support/cells.ts";
import { instantClock } from "../support/client.ts";
import type { FaultAction } from "../support/embedded-registry/faults.ts";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import type { RegistryRequest } from "../support/embedded-registry/request.ts";
import { image, smallImage, type TestImage, twoPlatformIndex } from "../support/images.ts";
import { foreignLayer, tarLayer } from "../support/layers.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();
const calm = { signal: new AbortController().signal, onProgress: () => undefined } as const;

/** Copies an image from one host to another, or within one host if `from` is the target. */
async function copy(copied: TestImage, target: EmbeddedRegistry, from?: EmbeddedRegistry): Promise<Applied> {
  const source = from ?? (await start());
  source.putImage("src/app", "v1", copied);
  const engine = createRegistryEngine({ client: client({ clock: instantClock() }), transfers: 4 });
  const wanted = change(`${source.host}/src/app:v1`, `${target.host}/dst/app:v1`, copied.digest);
  return engine.apply(wanted, { ...calm, recheck: async () => "go" });
}

function assertThere(target: EmbeddedRegistry, copied: TestImage): void {
  assert.equal(target.store.tags("dst/app").get("v1"), copied.digest);
  for (const part of [copied, ...copied.children]) {
    assert.ok(target.store.getManifest("dst/app", part.digest) !== undefined);
    for (const { descriptor } of part.blobs)
      assert.ok(target.store.getBlob("dst/app", descriptor.digest) !== undefined);
  }
}

/** Options that apply an action to requests of one method and kind to the target's repository. */
function answering(
  method: string,
  kind: RegistryRequest["kind"],
  action: (request: RegistryRequest) => FaultAction | undefined,
): RegistryOptions {
  return {
    onRequest: (request) => {
      const isMet = request.method === method && request.kind === kind && request.repository === "dst/app";
      return isMet ? action(request) : undefined;
    },
  };
}

const puts = ({ log }: EmbeddedRegistry): number =>
  log.filter(({ method, kind }) => method === "PUT" && kind === "manifest").length;

describe("the answer to the PUT of a manifest", () => {
  for (const [name, status, digest] of [
    ["200 with the digest", 200, "kept"],
    ["202 with the digest", 202, "kept"],
    ["299 with the digest", 299, "kept"],
    ["201 without a digest", 201, undefined],
    ["202 without a digest", 202, undefined],
    ["200 without a digest", 200, undefined],
    ["200 with an invalid digest", 200, "yes"],
    ["201 with another digest", 201, `sha256:${"0".repeat(64)}`],
  ] as const) {
    it(`is a success if the manifest exists, for children of an index and for tags: ${name}`, async () => {
      const index = twoPlatformIndex(3);
      const headers = digest === "kept" ? {} : { "docker-content-digest": digest };
      const target = await start(answering("PUT", "manifest", () => ({ kind: "rewrite", status, headers })));
      await copy(index, target);
      assertThere(target, index);
      assert.equal(puts(target), 3, "each manifest was put once");
    });
  }

  for (const status of [200, 201, 202]) {
    it(`is a failure if a child of the index does not exist: ${status}`, async () => {
      const target = await start(
        answering("PUT", "manifest", ({ reference }) =>
          reference === "v1" ? undefined : { kind: "answer", status, headers: {} },
        ),
      );
      await assert.rejects(copy(twoPlatformIndex(4), target), (error: ImgsyncError) => {
        assert.ok(error.code === "REGISTRY_PROTOCOL" || error.code === "REGISTRY_ERROR", error.code);
        return true;
      });
      assert.equal(target.store.tags("dst/app").get("v1"), undefined);
      assert.ok(puts(target) <= 2 * 5, `${puts(target)} PUTs of two children`);
    });
  }
});

describe("a refused mount", () => {
  const isMount = ({ query }: RegistryRequest): boolean => query.has("mount") && query.get("from") === "src/app";
  for (const status of [400, 401, 403, 404, 405, 500, 501]) {
    it(`becomes a plain upload after ${status}`, async () => {
      const one = await start(
        answering("POST", "upload", (request) => (isMount(request) ? refusal(status, "UNSUPPORTED") : undefined)),
      );
      const layered = image({ layers: [tarLayer({ a: "1" }), tarLayer({ b: "2" })] });
      await copy(layered, one, one);
      assertThere(one, layered);
    });
  }

  for (const status of [400, 401, 403]) {
    it(`becomes a plain upload with only the target's scope after ${status} from the token service`, async () => {
      const one = await start({
        auth: { kind: "token", access: () => true },
        onRequest: ({ kind, query }) => {
          const scopes = query.getAll("scope").join(" ");
          const isForBoth = kind === "token" && scopes.includes("src/app") && scopes.includes("dst/app");
          return isForBoth ? refusal(status, "DENIED") : undefined;
        },
      });
      const copied = smallImage(5);
      await copy(copied, one, one);
      assertThere(one, copied);
    });
  }

  it("is requested once for all blobs of an image, although they start at the same time", async () => {
    let mounts = 0;
    const one = await start(
      answering("POST", "upload", (request) => {
        if (!isMount(request)) return undefined;
        mounts += 1;
        return refusal(401, "UNAUTHORIZED");
      }),
    );
    const layered = image({ layers: Array.from({ length: 12 }, (_, at) => tarLayer({ a: String(at) })) });
    await copy(layered, one, one);
    assertThere(one, layered);
    assert.equal(mounts, 1);
  });

  it("is requested at most twice for a series of images", async () => {
    let mounts = 0;
    const one = await start(
      answering("POST", "upload", (request) => {
        if (!isMount(request)) return undefined;
        mounts += 1;
        return refusal(403, "DENIED");
      }),
    );
    const images = Array.from({ length: 6 }, (_, at) => smallImage(100 + at));
    const engine = createRegistryEngine({ client: client(), transfers: 1 });
    for (const [at, copied] of images.entries()) {
      one.putImage("src/app", `v${at}`, copied);
      await engine.apply(change(`${one.host}/src/app:v${at}`, `${one.host}/dst/app:v${at}`, copied.digest), {
        ...calm,
        recheck: async () => "go",
      });
      assert.equal(one.store.tags("dst/app").get(`v${at}`), copied.digest);
    }
    assert.ok(mounts <= 2, `${mounts} mounts were asked for`);
  });
});

describe("an unclear answer to HEAD of a blob", () => {
  for (const status of [400, 403, 405, 410, 500, 501, 503]) {
    it(`causes the blob to be uploaded: ${status}`, async () => {
      const target = await start(answering("HEAD", "blob", () => refusal(status, "UNSUPPORTED")));
      const copied = smallImage(6);
      await copy(copied, target);
      assertThere(target, copied);
    });
  }

  it("causes the blob to be uploaded: an HTML page", async () => {
    const page: FaultAction = { kind: "answer", status: 200, headers: { "content-type": "text/html" } };
    const target = await start(answering("HEAD", "blob", () => page));
    const copied = smallImage(7);
    await copy(copied, target);
    assertThere(target, copied);
  });

  it("fails the copy if the registry refuses the credentials", async () => {
    const target = await start(answering("HEAD", "blob", () => refusal(401, "UNAUTHORIZED")));
    await assert.rejects(copy(smallImage(8), target), { code: "UNAUTHENTICATED" });
  });

  it("stops further HEADs after three in a row", async () => {
    const [source, target] = [await start(), await start(answering("HEAD", "blob", () => refusal(405, "UNSUPPORTED")))];
    const engine = createRegistryEngine({ client: client(), transfers: 4 });
    for (const at of [1, 2, 3, 4, 5]) {
      const copied = smallImage(200 + at);
      source.putImage("src/app", `v${at}`, copied);
      await engine.apply(change(`${source.host}/src/app:v${at}`, `${target.host}/dst/app:v${at}`, copied.digest), {
        ...calm,
        recheck: async () => "go",
      });
      assert.equal(target.store.tags("dst/app").get(`v${at}`), copied.digest);
    }
    const heads = target.log.filter(({ method, kind }) => method === "HEAD" && kind === "blob").length;
    assert.ok(heads <= 4, `${heads} HEADs for 10 blobs`);
  });

  it("fails a repair, which leaves the blob alone", async () => {
    const [source, target] = [await start(), await start(answering("HEAD", "blob", () => refusal(405, "UNSUPPORTED")))];
    const copied = smallImage(9);
    source.putImage("src/app", "v1", copied);
    target.putImage("dst/app", "v1", copied);
    const engine = createRegistryEngine({ client: client(), transfers: 4 });
    const right = change(`${source.host}/src/app:v1`, `${target.host}/dst/app:v1`, copied.digest, { action: "none" });
    await assert.rejects(async () => engine.repair?.(right, calm), /could not check 2 of 2 blobs/);
    assert.ok(!target.log.some(({ method }) => method === "POST" || method === "PUT"), "nothing was sent");
  });
});

describe("foreign layers that the target does not accept", () => {
  const unknown = (status: number): FaultAction => ({
    kind: "answer",
    status,
    body: JSON.stringify({
      errors: [
        { code: "UNKNOWN", message: "unknown error" },
        { code: "MANIFEST_BLOB_UNKNOWN", message: "blob unknown to registry" },
      ],
    }),
  });
  for (const [name, action, most] of [
    ["500 with MANIFEST_BLOB_UNKNOWN", unknown(500), 2],
    ["400 with MANIFEST_BLOB_UNKNOWN", unknown(400), 2],
    ["404 with MANIFEST_BLOB_UNKNOWN", unknown(404), 2],
    ["400 with MANIFEST_INVALID", refusal(400, "MANIFEST_INVALID"), 1],
    ["500 alone", refusal(500, "UNKNOWN"), 5],
  ] as const) {
    it(`fail the change after a few PUTs with the registry's message and a hint: ${name}`, async () => {
      const target = await start(answering("PUT", "manifest", () => action));
      const copied = image({ layers: [foreignLayer("https://layers.example/1"), tarLayer({ a: "1" })] });
      await assert.rejects(copy(copied, target), (error: ImgsyncError) => {
        assert.match(error.message, /answered (?:4|5)0\d to PUT manifest: (?:UNKNOWN|MANIFEST_)/);
        assert.match(error.details.hint ?? "", /validation\.manifests\.urls\.allow/);
        return true;
      });
      assert.ok(puts(target) <= most, `${puts(target)} PUTs`);
    });
  }
});
