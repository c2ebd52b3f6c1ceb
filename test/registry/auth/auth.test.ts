import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defaultHostSettings } from "../../../src/model/host-settings.ts";
import type { Credential } from "../../../src/model/credential.ts";
import { secret } from "../../../src/model/secret.ts";
import { type Auth, createAuth } from "../../../src/registry/auth/auth.ts";
import type { AuthRequest } from "../../../src/registry/auth/auth-request.ts";
import { instantClock } from "../../support/client.ts";
import type { EmbeddedRegistry } from "../../support/embedded-registry/registry.ts";
import { startExpiringItem } from "../../support/expiring-item.ts";
import { createHold, untilIdle } from "../../support/hold.ts";
import { calm, createScope } from "../../support/scope.ts";

const { registry: start, client } = createScope();

function authWith(find: () => Credential): Auth {
  const { egress } = client();
  return createAuth({ egress, credentials: { find: async () => find() }, clock: instantClock(), onWarning: () => {} });
}

const ada = (password: string): Credential => ({
  kind: "basic",
  username: "ada",
  password: secret(password),
  origin: "the test",
});

function requestTo({ host }: EmbeddedRegistry, signal: AbortSignal): AuthRequest {
  return {
    registry: { ...defaultHostSettings(host), plainHttp: true },
    repository: { host, path: "app" },
    scopes: ["repository:app:pull"],
    signal,
  };
}

const users = { ada: "pw" };

describe("the challenge of a host", () => {
  it("reaches a request that waits for it when the request that asked for it gives up", async () => {
    const hold = createHold();
    const registry = await start({
      auth: { kind: "basic", users },
      onRequest: async ({ path }) => (path === "/v2/" ? hold.pass() : undefined),
    });
    const auth = authWith(() => ada("pw"));
    const { signal, expire } = await startExpiringItem();
    const first = auth.discover(requestTo(registry, signal), undefined);
    await hold.arrived;
    const second = auth.discover(requestTo(registry, calm.signal), undefined);
    await untilIdle();
    await expire();
    await assert.rejects(first, { code: "REGISTRY_TIMEOUT" });
    hold.release();
    assert.match((await second) ?? "", /^Basic /);
    assert.equal(registry.log.length, 1, "the challenge is requested once");
  });
});

describe("a token", () => {
  it("reaches a request that waits for it when the request that asked for it gives up", async () => {
    const hold = createHold();
    const registry = await start({
      auth: { kind: "token", users },
      onRequest: async ({ path }) => (path === "/token" ? hold.pass() : undefined),
    });
    const auth = authWith(() => ada("pw"));
    const challenge = `Bearer realm="http://${registry.host}/token",service="${registry.host}"`;
    const giving = new AbortController();
    const first = auth.answer(requestTo(registry, giving.signal), challenge, undefined);
    await hold.arrived;
    const second = auth.answer(requestTo(registry, calm.signal), challenge, undefined);
    await untilIdle();
    giving.abort(new Error("gave up"));
    await assert.rejects(first, { message: "gave up" });
    hold.release();
    assert.match(await second, /^Bearer /);
    assert.equal(registry.log.length, 1, "the token is requested once");
  });

  it("is not refused to a request with a new credential because an old one is being refused", async () => {
    const hold = createHold();
    const registry = await start({
      auth: { kind: "token", users },
      onRequest: async ({ path, headers }) => {
        const isOld = headers.authorization === `Basic ${Buffer.from("ada:old").toString("base64")}`;
        return path === "/token" && isOld ? hold.pass() : undefined;
      },
    });
    let password = "old";
    const auth = authWith(() => ada(password));
    const challenge = `Bearer realm="http://${registry.host}/token",service="${registry.host}"`;
    const first = auth.answer(requestTo(registry, calm.signal), challenge, undefined);
    await hold.arrived;
    password = "pw";
    assert.match(await auth.answer(requestTo(registry, calm.signal), challenge, undefined), /^Bearer /);
    hold.release();
    assert.match(await first, /^Bearer /, "the source is asked for another credential");
    assert.equal(registry.log.length, 2, "both requests share the token of the new credential");
  });
});
