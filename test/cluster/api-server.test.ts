import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { findApiServer } from "../../src/cluster/api-server.ts";
import { settingsOf } from "../../src/settings/config.ts";

const NONE = { kubernetes: undefined, origins: new Map<string, string>() };

describe("findApiServer", () => {
  it("takes that of the pod, with the mounted service account", () => {
    const environment = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };
    const server = findApiServer(environment, NONE);
    assert.equal(server.url.href, "https://10.96.0.1/");
    assert.equal(server.isInCluster, true);
    assert.deepEqual(
      [server.caFile, server.tokenFile, server.namespaceFile],
      ["ca.crt", "token", "namespace"].map((name) => join("/var/run/secrets/kubernetes.io/serviceaccount", name)),
    );
  });

  it("puts an IPv6 address in brackets", () => {
    const environment = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" };
    assert.equal(findApiServer(environment, NONE).url.href, "https://[fd00::1]:6443/");
  });

  it("takes that of the settings first", async () => {
    const settings = await settingsOf(
      { kubernetes: { server: "https://api.example.com:6443", tokenFile: "token" } },
      "/home/me",
    );
    const server = findApiServer({ KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" }, settings);
    assert.deepEqual(
      { ...server, url: server.url.href },
      { url: "https://api.example.com:6443/", tokenFile: join("/home/me", "token"), isInCluster: false },
    );
  });

  it("refuses to send a token over plain http to another machine", async () => {
    const remote = await settingsOf({ kubernetes: { server: "http://api.example.com:8080" } }, "/home/me");
    assert.throws(
      () => findApiServer({}, remote),
      /settings\.kubernetes: the token would be sent over plain http to "api\.example\.com:8080"/,
    );
    const local = await settingsOf({ kubernetes: { server: "http://127.0.0.1:8080" } }, "/home/me");
    assert.equal(findApiServer({}, local).url.href, "http://127.0.0.1:8080/");
  });

  it("says that there is none outside a pod", () => {
    for (const environment of [
      {},
      { KUBERNETES_SERVICE_HOST: "10.96.0.1" },
      { KUBERNETES_SERVICE_HOST: "a b", KUBERNETES_SERVICE_PORT: "1" },
    ])
      assert.throws(() => findApiServer(environment, NONE), /--lease needs a Kubernetes API server/);
  });
});
