import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImgsyncError } from "../../src/model/error.ts";
import { RegistryError } from "../../src/http/error.ts";
import { isUnsupportedDelete } from "../../src/registry/deletion.ts";
import type { Action } from "../support/embedded-registry/options.ts";
import { smallImage } from "../support/images.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();

const users = { ada: "s3cret" };

async function guarded(actions: readonly Action[]) {
  const registry = await start({ auth: { kind: "token", users, access: ({ action }) => actions.includes(action) } });
  registry.putImage("a", "v1", smallImage(1));
  registry.putImage("a", "v2", smallImage(1));
  const { manifests } = client({ users: { [registry.host]: { username: "ada", password: "s3cret" } } });
  return { registry, remove: (name: string) => manifests.remove({ host: registry.host, path: "a" }, name, calm) };
}

describe("deleting", () => {
  it("requests a token with the delete action, and deletes only the tag", async () => {
    const { registry, remove } = await guarded(["pull", "push", "delete"]);
    assert.equal(await remove("v1"), "deleted");
    assert.deepEqual([...registry.store.tags("a").keys()], ["v2"]);
    assert.equal(await remove("v1"), "absent");
  });

  it("is refused when the credentials may only push", async () => {
    const { registry, remove } = await guarded(["pull", "push"]);
    await assert.rejects(
      remove("v1"),
      (thrown) => thrown instanceof ImgsyncError && ["DENIED", "UNAUTHENTICATED"].includes(thrown.code),
    );
    assert.deepEqual([...registry.store.tags("a").keys()].toSorted(), ["v1", "v2"]);
  });

  it("distinguishes an unsupported delete from a refused one", () => {
    const error = (status: number, code: string): RegistryError =>
      new RegistryError({ code: "REGISTRY_ERROR", message: "no" }, { status, items: [{ code, message: "" }] });
    assert.equal(isUnsupportedDelete(error(405, "ANYTHING")), true);
    assert.equal(isUnsupportedDelete(error(400, "UNSUPPORTED")), true);
    assert.equal(isUnsupportedDelete(error(400, "DIGEST_INVALID")), true);
    assert.equal(isUnsupportedDelete(error(400, "MANIFEST_INVALID")), false);
    assert.equal(isUnsupportedDelete(error(403, "UNSUPPORTED")), false);
    assert.equal(isUnsupportedDelete(new Error("UNSUPPORTED")), false);
  });
});
