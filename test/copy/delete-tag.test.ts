import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createDeleteEngine } from "../../src/copy/delete-tag.ts";
import { ImgsyncError } from "../../src/model/error.ts";
import { change } from "../support/changes.ts";
import type { FaultAction } from "../support/embedded-registry/faults.ts";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { smallImage } from "../support/images.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();
const image = smallImage(1);

type World = {
  readonly registry: EmbeddedRegistry;
  /** Deletes `old`; resolves to the code of its failure. */
  readonly run: () => Promise<string | undefined>;
  readonly tags: () => readonly string[];
  readonly deletes: () => number;
};

/** A registry with the tags `old` and `mine` that plays a fault on the first DELETE of a matching reference. */
async function world(
  play: { readonly fault: FaultAction; readonly at: RegExp; readonly meanwhile?: (registry: EmbeddedRegistry) => void },
  options: RegistryOptions = {},
): Promise<World> {
  let wasPlayed = false;
  const registry = await start({
    ...options,
    onRequest: ({ method, reference = "" }) => {
      if (method !== "DELETE" || wasPlayed || !play.at.test(reference)) return undefined;
      wasPlayed = true;
      play.meanwhile?.(registry);
      return play.fault;
    },
  });
  registry.putImage("app", "old", image);
  registry.putImage("app", "mine", smallImage(2));
  const declared = change(`${registry.host}/app:old`, `${registry.host}/app:old`, image.digest, {
    action: "delete",
    observed: image.digest,
  });
  const engine = createDeleteEngine(client());
  await engine.prepare([declared], calm);
  return {
    registry,
    run: async () => {
      try {
        await engine.apply(declared, {
          ...calm,
          recheck: async () => "go",
          onProgress: () => undefined,
        });
        return undefined;
      } catch (thrown) {
        assert.ok(thrown instanceof ImgsyncError, String(thrown));
        return thrown.details.code;
      }
    },
    tags: () => [...registry.store.tags("app").keys()].toSorted(),
    deletes: () => registry.log.filter(({ method }) => method === "DELETE").length,
  };
}

describe("a DELETE whose answer is lost", () => {
  it("is done if the tag is gone, and is not repeated", async () => {
    const { run, tags, deletes } = await world({ fault: { kind: "drop-answer" }, at: /^old$/ });
    assert.equal(await run(), undefined);
    assert.deepEqual(tags(), ["mine"]);
    assert.equal(deletes(), 1);
  });

  it("is sent again if the tag is unchanged", async () => {
    const { run, tags, deletes } = await world({ fault: { kind: "drop" }, at: /^old$/ });
    assert.equal(await run(), undefined);
    assert.deepEqual(tags(), ["mine"]);
    assert.equal(deletes(), 2);
  });

  it("is not sent again to a tag that another client moved meanwhile", async () => {
    const { run, tags, deletes } = await world({
      fault: { kind: "drop" },
      at: /^old$/,
      meanwhile: (registry) => registry.putImage("app", "old", smallImage(3)),
    });
    assert.equal(await run(), "TAG_STALE");
    assert.deepEqual(tags(), ["mine", "old"]);
    assert.equal(deletes(), 1);
  });

  it("is done if the image is gone, at a registry that only deletes by digest", async () => {
    const { run, tags, deletes } = await world(
      { fault: { kind: "drop-answer" }, at: /^sha256:/ },
      { deletes: "by-digest" },
    );
    assert.equal(await run(), undefined);
    assert.deepEqual(tags(), ["mine"]);
    assert.equal(deletes(), 2);
  });

  it("is not sent again if the image got another tag meanwhile, at a registry that only deletes by digest", async () => {
    const { run, tags, deletes } = await world(
      {
        fault: { kind: "drop" },
        at: /^sha256:/,
        meanwhile: (registry) => registry.putImage("app", "since", image),
      },
      { deletes: "by-digest" },
    );
    assert.equal(await run(), "TAG_SHARED");
    assert.deepEqual(tags(), ["mine", "old", "since"]);
    assert.equal(deletes(), 2);
  });
});
