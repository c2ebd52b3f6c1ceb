import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reference } from "../support/changes.ts";
import type { FaultAction } from "../support/embedded-registry/faults.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import type { RegistryRequest } from "../support/embedded-registry/request.ts";
import { smallImage } from "../support/images.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();

const BASIC = `Basic ${Buffer.from("ada:pw").toString("base64")}`;
const image = smallImage(1);

/** Starts a registry with app:v1 that passes each request to `gate` first. */
async function guarded(
  gate: (request: RegistryRequest, host: string) => FaultAction | undefined,
): Promise<EmbeddedRegistry> {
  const registry: EmbeddedRegistry = await start({ onRequest: (request) => gate(request, registry.host) });
  registry.putImage("app", "v1", image);
  return registry;
}

const refuse = (status: number, challenge?: string | readonly string[]): FaultAction => ({
  kind: "answer",
  status,
  headers: { "www-authenticate": challenge },
});
const token = (value: string): FaultAction => ({ kind: "answer", status: 200, body: JSON.stringify({ token: value }) });
const seen = (registry: EmbeddedRegistry): readonly string[] =>
  registry.log.map(({ method, path, status }) => `${method} ${path} ${status}`);
const users = ({ host }: EmbeddedRegistry) => ({ [host]: { username: "ada", password: "pw" } });

async function digestOf(registry: EmbeddedRegistry, options: Parameters<typeof client>[0] = {}): Promise<unknown> {
  const found = await client(options).reader.resolve(reference(`${registry.host}/app:v1`), calm);
  return found?.digest;
}

describe("a registry that hides its content from anonymous readers", () => {
  for (const status of [403, 404]) {
    it(`with ${status} is asked again with credentials, using the challenge of /v2/`, async () => {
      const registry = await guarded(({ path, headers }) => {
        if (headers.authorization === BASIC) return undefined;
        return path === "/v2/" ? refuse(401, 'Basic realm="r"') : refuse(status);
      });
      const { reader } = client({ users: users(registry) });
      const ask = (): Promise<unknown> => reader.resolve(reference(`${registry.host}/app:v1`), calm);
      await Promise.all([ask(), ask(), ask()]);
      await ask();
      assert.equal(registry.log.filter(({ path }) => path === "/v2/").length, 1);
      assert.equal(registry.log.at(-1)?.status, 200);
    });
  }

  it("is asked for its challenge only when there are credentials, and only once", async () => {
    const open = await start();
    assert.equal(await digestOf(open), undefined);
    assert.deepEqual(seen(open), ["HEAD /v2/app/manifests/v1 404"]);
    const { reader } = client({ users: users(open) });
    for (const tag of ["v1", "v2"]) await reader.resolve(reference(`${open.host}/app:${tag}`), calm);
    assert.equal(open.log.filter(({ path }) => path === "/v2/").length, 1);
  });

  it("is unreachable when its /v2/ cannot be asked", async () => {
    const registry = await guarded(({ path }) => (path === "/v2/" ? { kind: "drop" } : refuse(404)));
    await assert.rejects(digestOf(registry, { users: users(registry) }), { code: "REGISTRY_UNREACHABLE" });
  });

  it("gets credentials when a 401 has no challenge but /v2/ has one", async () => {
    const registry = await guarded(({ path, headers }) => {
      if (headers.authorization === BASIC) return undefined;
      return path === "/v2/" ? refuse(401, ["Negotiate", 'Basic realm="r"']) : refuse(401);
    });
    assert.equal(await digestOf(registry, { users: users(registry) }), image.digest);
  });
});

describe("challenges", () => {
  it("are found on every header line and among unsupported schemes", async () => {
    for (const lines of [
      ["Negotiate", 'Basic realm="r"'],
      ["NTLM", "Negotiate", 'Basic realm="r"'],
      ['Bearer error="invalid_token"', 'Basic realm="r"'],
    ]) {
      const registry = await guarded(({ headers }) =>
        headers.authorization === BASIC ? undefined : refuse(401, lines),
      );
      assert.equal(await digestOf(registry, { users: users(registry) }), image.digest, lines.join());
    }
  });

  it("that change after a token are answered once more, with the scope that they name", async () => {
    const registry = await guarded(({ path, query, headers }, host) => {
      if (path === "/token") return token(query.getAll("scope").includes("registry:catalog:*") ? "wide" : "narrow");
      if (headers.authorization === "Bearer wide") return undefined;
      const scope = headers.authorization === "Bearer narrow" ? ',scope="registry:catalog:*"' : "";
      return refuse(401, `Bearer realm="http://${host}/token",service="s"${scope}`);
    });
    assert.equal(await digestOf(registry), image.digest);
  });

  it("that name another scope are answered with it, even if repeated, and later requests use that scope at once", async () => {
    const shown: (string | undefined)[] = [];
    const registry = await guarded(({ path, query, headers }, host) => {
      if (path === "/token") return token(query.getAll("scope").includes("repository:base:pull") ? "wide" : "narrow");
      shown.push(headers.authorization);
      if (headers.authorization === "Bearer wide") return undefined;
      const scope = "repository:app:pull repository:base:pull";
      return refuse(401, `Bearer realm="http://${host}/token",service="s",scope="${scope}"`);
    });
    const { reader } = client();
    for (const tag of ["v1", "v1"]) {
      const found = await reader.resolve(reference(`${registry.host}/app:${tag}`), calm);
      assert.equal(found?.digest, image.digest);
    }
    assert.deepEqual(shown, [undefined, "Bearer narrow", "Bearer wide", "Bearer wide"]);
  });

  it("that change endlessly are given up", async () => {
    let count = 0;
    const registry = await guarded(({ path }, host) => {
      count += 1;
      return path === "/token"
        ? token(`t${count}`)
        : refuse(401, `Bearer realm="http://${host}/token",service="${count}"`);
    });
    await assert.rejects(digestOf(registry), { code: "UNAUTHENTICATED" });
    assert.equal(registry.log.filter(({ kind }) => kind === "manifest").length, 3);
  });
});

describe("a registry behind a redirecting host", () => {
  async function behind(gate: (request: RegistryRequest, host: string) => FaultAction | undefined) {
    const real = await guarded(gate);
    const vanity = await guarded(({ path }) => ({
      kind: "answer",
      status: 307,
      headers: { location: `http://${real.host}${path}` },
    }));
    return { real, vanity };
  }

  const anonymous = ({ path, query, headers }: RegistryRequest, host: string): FaultAction | undefined => {
    if (path === "/token") return token(query.get("scope") === "repository:real/app:pull" ? "guest" : "other");
    if (headers.authorization === "Bearer guest") return undefined;
    return refuse(401, `Bearer realm="http://${host}/token",service="s",scope="repository:real/app:pull"`);
  };

  it("gets an anonymous token of its own, and no credentials of the first host", async () => {
    const { real, vanity } = await behind(anonymous);
    const { reader } = client({ users: users(vanity) });
    for (let count = 0; count < 2; count += 1)
      assert.equal((await reader.resolve(reference(`${vanity.host}/app:v1`), calm))?.digest, image.digest);
    assert.deepEqual(
      real.log.map(({ path, headers }) => [path, headers.authorization]),
      [
        ["/v2/app/manifests/v1", undefined],
        ["/token", undefined],
        ["/v2/app/manifests/v1", "Bearer guest"],
        ["/v2/app/manifests/v1", "Bearer guest"],
      ],
    );
    assert.ok(vanity.log.every(({ headers }) => headers.authorization === undefined));
  });

  it("is refused when it requires more than an anonymous token", async () => {
    for (const gate of [
      () => refuse(401, 'Basic realm="r"'),
      () => refuse(401),
      ({ path }: RegistryRequest, host: string) =>
        path === "/token" ? token("never") : refuse(401, `Bearer realm="http://${host}/token"`),
    ]) {
      const { real, vanity } = await behind(gate);
      await assert.rejects(digestOf(vanity, { users: users(vanity) }), { code: "UNAUTHENTICATED" });
      assert.ok(real.log.every(({ headers }) => headers.authorization !== BASIC));
    }
  });
});

describe("an unsupported HEAD of a manifest", () => {
  for (const status of [400, 403, 405, 406, 412, 501]) {
    it(`falls back to GET after ${status}, and shows the error of GET`, async () => {
      const works = await guarded(({ method }) => (method === "HEAD" ? refuse(status) : undefined));
      assert.equal(await digestOf(works), image.digest);
      const body = JSON.stringify({ errors: [{ code: "POLICY", message: "the image is not signed" }] });
      const refuses = await guarded(() => ({ kind: "answer", status, body }));
      await assert.rejects(digestOf(refuses), /the image is not signed/);
    });
  }
});
