import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPutTag } from "../../src/copy/put-existing.ts";
import { createRegistryEngine } from "../../src/copy/engine.ts";
import { applyPlan } from "../../src/executor/apply.ts";
import { digestOf } from "../../src/model/digest.ts";
import type { ChangeResult } from "../../src/model/event.ts";
import type { Change } from "../../src/model/plan.ts";
import { change } from "../support/changes.ts";
import { instantClock } from "../support/client.ts";
import type { FaultAction } from "../support/embedded-registry/faults.ts";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import { artifact, smallImage, type TestImage, twoPlatformIndex } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, client } = createScope();

const [OLD, NEW] = [smallImage(1), smallImage(2)];
const SBOM = artifact(NEW, { artifactType: "application/spdx+json", content: "sbom" });
const ATTACHED = { attachments: [{ subject: NEW.digest, digest: SBOM.digest }] } as const;
const BACKUP = { action: "update", observed: OLD.digest, backup: { tag: "kept", observed: null } } as const;

/** Answers 201 with the digest and stores nothing. */
const swallow = (digest: string): FaultAction => ({
  kind: "answer",
  status: 201,
  headers: { "docker-content-digest": digest, "oci-subject": NEW.digest },
});

type Swallowing = { readonly of: string; readonly digest: string };

async function world(options: RegistryOptions, rest: Partial<Change>, image: TestImage = NEW) {
  const source = await start();
  const target = await start(options);
  source.putImage("app", "v1", image);
  source.putImage("app", undefined, SBOM);
  if (rest.action === "update") target.putImage("app", "v1", OLD);
  if (rest.action === "attach") target.putImage("app", "v1", NEW);
  const apply = async (verify: boolean): Promise<ChangeResult> => {
    const made = client();
    const engine = createRegistryEngine({ client: made, transfers: 4 });
    const report = await applyPlan({
      plan: {
        manifestHash: digestOf("test"),
        changes: [change(`${source.host}/app:v1`, `${target.host}/app:v1`, image.digest, rest)],
      },
      rules: [],
      engineFor: () => engine,
      putTag: createPutTag(made),
      reader: made.reader,
      emit: () => undefined,
      clock: instantClock(),
      signal: new AbortController().signal,
      concurrency: 4,
      skipBlocked: false,
      failFast: false,
      plannedAt: 0,
      verify,
    });
    const [only] = report.results;
    assert.ok(only);
    return only.result;
  };
  return { target, apply };
}

describe("--verify", () => {
  const cases: readonly (readonly [what: string, swallowed: Swallowing, rest: Partial<Change>])[] = [
    ["a new tag", { of: "v1", digest: NEW.digest }, {}],
    ["a moved tag", { of: "v1", digest: NEW.digest }, { action: "update", observed: OLD.digest }],
    ["a backup", { of: "kept", digest: OLD.digest }, BACKUP],
    ["a referrer of a new tag", { of: SBOM.digest, digest: SBOM.digest }, ATTACHED],
    [
      "an attached referrer",
      { of: SBOM.digest, digest: SBOM.digest },
      { action: "attach", observed: NEW.digest, ...ATTACHED },
    ],
  ];
  for (const [what, { of, digest }, rest] of cases) {
    it(`fails when the registry answers 201 for ${what} and stores nothing`, async () => {
      const swallowing: RegistryOptions = {
        onRequest: ({ method, reference }) => (method === "PUT" && reference === of ? swallow(digest) : undefined),
      };
      const unnoticed = await world(swallowing, rest);
      assert.equal((await unnoticed.apply(false)).outcome, "applied", "the registry's own word counts without it");
      const { target, apply } = await world(swallowing, rest);
      const result = await apply(true);
      assert.equal(result.outcome, "failed");
      assert.equal(result.error?.code, "REGISTRY_PROTOCOL");
      assert.match(
        result.error?.message ?? "",
        /accepted the (?:tag|manifest), but (?:does not have it|it still points at)/,
      );
      if (of === "kept")
        assert.equal(target.store.tags("app").get("v1"), OLD.digest, "without a backup it must not move");
    });
  }

  it("fails when the registry keeps the tag of an index but not one of its platforms", async () => {
    const whole = twoPlatformIndex(7);
    const dropped = whole.children[1]?.digest;
    for (const [isDropped, outcome] of [
      [false, "applied"],
      [true, "failed"],
    ] as const) {
      let isTagged = false;
      const { apply, target } = await world(
        {
          onRequest: ({ method, reference }) => {
            if (method === "PUT" && reference === "v1") isTagged = true;
            return isDropped && isTagged && reference === dropped ? { kind: "answer", status: 404 } : undefined;
          },
        },
        {},
        whole,
      );
      const result = await apply(true);
      assert.equal(result.outcome, outcome);
      assert.equal(target.store.tags("app").get("v1"), whole.digest);
      if (isDropped) assert.match(result.error?.message ?? "", /accepted the manifest, but does not have it/);
    }
  });

  it("waits for a tag that becomes visible late", async () => {
    let hidden = 3;
    let isWritten = false;
    const { apply, target } = await world(
      {
        onRequest: ({ method, reference }) => {
          if (reference !== "v1") return undefined;
          if (method === "PUT") isWritten = true;
          else if (isWritten && hidden > 0) {
            hidden -= 1;
            return { kind: "answer", status: 404 };
          }
          return undefined;
        },
      },
      {},
    );
    assert.equal((await apply(true)).outcome, "applied");
    assert.equal(hidden, 0);
    assert.equal(target.store.tags("app").get("v1"), NEW.digest);
  });

  it("reports as stale a tag that another client moved right after it was written", async () => {
    const { apply, target } = await world(
      {
        onRequest: ({ method, reference, path }) => {
          if (method === "HEAD" && reference === "v1" && path.includes("/manifests/"))
            target.putImage("app", "v1", OLD);
          return undefined;
        },
      },
      {},
    );
    const result = await apply(true);
    assert.equal(result.outcome, "stale");
    assert.match(result.error?.message ?? "", new RegExp(`points at ${OLD.digest} now`));
  });

  it("costs one HEAD for each written tag", async () => {
    const [without, with_] = [await world({}, {}), await world({}, {})];
    await without.apply(false);
    await with_.apply(true);
    assert.equal(with_.target.log.length, without.target.log.length + 1);
    assert.equal(with_.target.countRequests({ method: "HEAD", reference: "v1" }), 1);
  });
});
