import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createApiClient } from "../../src/cluster/api-client.ts";
import { createLeaseStore } from "../../src/cluster/leases.ts";
import { NO_PROXIES } from "../../src/http/proxies.ts";
import { ImgsyncError } from "../../src/model/error.ts";
import { makeFolder } from "../support/cli.ts";
import { startLeaseServer } from "../support/lease-server.ts";
import { calm, createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const RECORD = { holder: "watch-0", durationMs: 15_000, acquireTime: "a", renewTime: "b", transitions: 0 };

async function open() {
  const server = await startLeaseServer();
  onEnd(server.stop);
  const folder = await makeFolder({ token: "first\n" });
  onEnd(folder.remove);
  const client = createApiClient(
    { url: new URL(server.url), tokenFile: join(folder.path, "token"), isInCluster: false },
    { proxies: NO_PROXIES, userAgent: "imgsync-test" },
  );
  onEnd(client.close);
  return { server, folder, store: createLeaseStore(client, { namespace: "imgsync", name: "watch" }) };
}

describe("createLeaseStore", () => {
  it("creates, reads and updates a lease", async () => {
    const { store } = await open();
    assert.equal(await store.read(calm), undefined);
    const created = await store.create(RECORD, calm);
    assert.ok(created !== "conflict");
    const updated = await store.update(created, { ...RECORD, renewTime: "c" }, calm);
    assert.ok(updated !== "conflict");
    assert.deepEqual((await store.read(calm))?.record, { ...RECORD, renewTime: "c" });
  });

  it("refuses an update of an old version, a second creation, and an update of a deleted lease", async () => {
    const { store, server } = await open();
    const created = await store.create(RECORD, calm);
    assert.ok(created !== "conflict");
    assert.equal(await store.create({ ...RECORD, holder: "watch-1" }, calm), "conflict");
    await store.update(created, { ...RECORD, holder: "watch-1" }, calm);
    assert.equal(await store.update(created, RECORD, calm), "conflict");
    assert.equal((await store.read(calm))?.record.holder, "watch-1");
    server.double.remove("/apis/coordination.k8s.io/v1/namespaces/imgsync/leases/watch");
    assert.equal(await store.update(created, RECORD, calm), "conflict");
  });

  it("sends the token that is in the file now", async () => {
    const { store, server, folder } = await open();
    await store.read(calm);
    await folder.write("token", "second");
    await store.read(calm);
    const path = "/apis/coordination.k8s.io/v1/namespaces/imgsync/leases/watch";
    assert.deepEqual(server.log, [`GET ${path} Bearer first`, `GET ${path} Bearer second`]);
  });

  it("sends nothing if the file holds no token", async () => {
    const { store, server, folder } = await open();
    await folder.write("token", "two\nlines\n");
    await assert.rejects(store.read(calm), codeIs("CREDENTIALS_FAILED", /token does not hold a token$/));
    await folder.write("token", "");
    await assert.rejects(store.read(calm), codeIs("CREDENTIALS_FAILED", /does not hold a token$/));
    assert.deepEqual(server.log, []);
  });

  it("reports a refusal with the server's reason, and what the Role lacks", async () => {
    const { store, server } = await open();
    server.answerWith({ status: 403, json: { kind: "Status", message: 'leases "watch" is forbidden' } });
    await assert.rejects(store.read(calm), (thrown) => {
      assert.ok(thrown instanceof ImgsyncError);
      assert.equal(thrown.code, "DENIED");
      assert.match(
        thrown.message,
        /^could not read the lease imgsync\/watch: 127\.0\.0\.1:\d+ answered 403: leases "watch" is forbidden$/,
      );
      assert.match(thrown.details.hint ?? "", /get, create and update of leases/);
      return true;
    });
  });

  it("takes an answer that is not a lease for a failure, never for a free lease", async () => {
    const { store, server } = await open();
    for (const json of ["<html>", {}, { kind: "Lease", metadata: {} }]) {
      server.answerWith({ status: 200, json });
      await assert.rejects(store.read(calm), codeIs("REGISTRY_PROTOCOL", /is not a Lease$/));
    }
    server.answerWith({ status: 500, json: "" });
    await assert.rejects(store.read(calm), codeIs("REGISTRY_ERROR", /answered 500$/));
  });

  it("follows no redirect with the token", async () => {
    const { store, server } = await open();
    const other = await startLeaseServer();
    onEnd(other.stop);
    server.answerWith({ status: 302, json: "", headers: { location: other.url } });
    await store.read(calm).catch(() => undefined);
    assert.deepEqual(
      other.log.filter((line) => !line.endsWith(" -")),
      [],
    );
  });

  it("says that the server cannot be reached, without advice about registries", async () => {
    const { store, server } = await open();
    await server.stop();
    await assert.rejects(store.read(calm), (thrown) => {
      assert.ok(thrown instanceof ImgsyncError);
      assert.equal(thrown.code, "REGISTRY_UNREACHABLE");
      assert.match(thrown.message, /^could not read the lease imgsync\/watch: cannot reach 127\.0\.0\.1/);
      assert.equal(thrown.details.hint, undefined);
      return true;
    });
  });
});

function codeIs(code: string, message: RegExp): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof ImgsyncError && thrown.code === code && message.test(thrown.message);
}
