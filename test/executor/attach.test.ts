import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRegistryEngine } from "../../src/copy/engine.ts";
import { applyPlan } from "../../src/executor/apply.ts";
import { takeSnapshot } from "../../src/executor/snapshot.ts";
import type { Event, Report } from "../../src/model/event.ts";
import type { Plan } from "../../src/model/plan.ts";
import { decodePlan, encodePlan } from "../../src/documents/plan-document.ts";
import { assemble } from "../../src/manifest/parse/assemble.ts";
import { parseFile } from "../../src/manifest/parse/parse-file.ts";
import { makePlan } from "../../src/planner/plan.ts";
import { nextQuestions } from "../../src/planner/questions.ts";
import { checkSavedPlan } from "../../src/planner/saved-plan.ts";
import { instantClock } from "../support/client.ts";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { artifact, image, referrersIndex, referrersTag, smallImage, twoPlatformIndex } from "../support/images.ts";
import { tarLayer } from "../support/layers.ts";
import { calm, createScope, NO_LOCAL_IMAGES } from "../support/scope.ts";

const { registry: start, client } = createScope();

type Sync = { readonly plan: Plan; readonly report: Report; readonly events: readonly Event[] };

type Pair = {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  /** Plans the copy of `app` from source to target, encodes and decodes the plan, and applies it. */
  readonly sync: (settings?: string) => Promise<Sync>;
};

async function pair(options: { source?: RegistryOptions; target?: RegistryOptions } = {}): Promise<Pair> {
  const source = await start(options.source);
  const target = await start(options.target);
  const sync = async (settings = "tags: [v1]"): Promise<Sync> => {
    const text = `version: 1\nimages:\n  - { source: "${source.host}/app", target: "${target.host}/app", ${settings} }\n`;
    const { manifest } = assemble(parseFile(text, { file: "images.yaml", variables: new Map(), isRoot: true }), []);
    assert.ok(manifest);
    const made = client();
    const { reader } = made;
    const snapshot = await takeSnapshot({
      localImages: NO_LOCAL_IMAGES,
      ask: (known) => nextQuestions(manifest, known),
      reader,
      ...calm,
    });
    const plan = decodePlan(encodePlan(makePlan(manifest, snapshot)));
    assert.deepEqual(checkSavedPlan(plan, manifest), []);
    const engine = createRegistryEngine({ client: made, transfers: 4 });
    const events: Event[] = [];
    const report = await applyPlan({
      plan,
      rules: [],
      engineFor: () => engine,
      reader,
      emit: (event) => events.push(event),
      clock: instantClock(),
      concurrency: 4,
      skipBlocked: false,
      failFast: false,
      plannedAt: undefined,
      ...calm,
    });
    return { plan, report, events };
  };
  return { source, target, sync };
}

const app = smallImage(1);
const sbom = artifact(app, { artifactType: "application/spdx+json", content: "sbom", annotations: { made: "here" } });
const signed = artifact(sbom, { artifactType: "application/signature", content: "signature of the sbom" });
const old = { referrers: false };

/** The image under a tag of cosign, with a layer for each signature. */
function signature(...signers: readonly string[]): ReturnType<typeof image> {
  return image({ layers: signers.map((signer) => tarLayer({ signature: signer })) });
}

function actions({ plan }: Sync): readonly string[] {
  return plan.changes.map(({ action }) => action);
}

function entries(registry: EmbeddedRegistry, tag: string): readonly { digest: string; artifactType?: string }[] {
  const bytes = registry.store.getManifest("app", tag)?.bytes;
  assert.ok(bytes, `there is "${tag}"`);
  return JSON.parse(Buffer.from(bytes).toString("utf8")).manifests;
}

describe("referrers", () => {
  for (const [from, to] of [
    [{}, {}],
    [{}, old],
    [old, {}],
    [old, old],
  ] as const) {
    const name = (options: RegistryOptions): string => (options === old ? "without" : "with");
    it(`are copied with their own referrers from a host ${name(from)} the referrers API to one ${name(to)} it`, async () => {
      const { source, target, sync } = await pair({ source: from, target: to });
      source.putImage("app", "v1", app);
      source.putImage("app", undefined, sbom);
      source.putImage("app", undefined, signed);
      if (from === old) {
        source.putImage("app", referrersTag(app), referrersIndex([sbom]));
        source.putImage("app", referrersTag(sbom), referrersIndex([signed]));
      }
      const first = await sync();
      assert.deepEqual(actions(first), ["create"]);
      assert.deepEqual(first.plan.changes[0]?.notes, ["with 2 referrers"]);
      assert.equal(first.report.outcomes.applied, 1);
      for (const each of [sbom, signed])
        assert.deepEqual(target.store.getManifest("app", each.digest)?.bytes.byteLength, each.bytes.byteLength);
      assert.equal(target.log.findLast(isWrite)?.path, "/v2/app/manifests/v1", "the image's tag comes last");
      if (to === old) {
        assert.deepEqual(entries(target, referrersTag(app)), [sbom.descriptor]);
        assert.deepEqual(entries(target, referrersTag(sbom)), [signed.descriptor]);
      } else assert.deepEqual([...target.store.tags("app").keys()], ["v1"], "the API lists them, no tag has to");
      target.clearLog();
      assert.deepEqual(actions(await sync()), ["none"]);
      assert.equal(target.log.filter(isWrite).length, 0);
    });
  }

  it("are attached when they appear later, once for all tags of the image and without writing a tag", async () => {
    const { source, target, sync } = await pair({ source: old, target: old });
    for (const tag of ["v1", "latest"]) source.putImage("app", tag, app);
    await sync("tags: [v1, latest]");
    source.putImage("app", referrersTag(app, ".sig"), signature("ada"));
    source.putImage("app", referrersTag(app), referrersIndex([sbom]));
    target.clearLog();
    const second = await sync("tags: [v1, latest]");
    assert.deepEqual(actions(second), ["attach", "attach"]);
    assert.equal(second.report.outcomes.applied, 2);
    assert.ok(second.report.transferredBytes > 0);
    const manifests = target.log.filter((entry) => isWrite(entry) && entry.kind === "manifest");
    assert.deepEqual(
      new Set(manifests.map(({ reference }) => reference)),
      new Set([referrersTag(app, ".sig"), referrersTag(app), sbom.digest]),
    );
    assert.equal(manifests.length, 3);
    assert.equal(target.store.tags("app").get(referrersTag(app, ".sig")), signature("ada").digest);
    assert.deepEqual(actions(await sync("tags: [v1, latest]")), ["none", "none"]);
  });

  it("are added to the target's own list, which keeps its entries", async () => {
    const { source, target, sync } = await pair({ source: old, target: old });
    const own = artifact(app, { artifactType: "application/scan", content: "made at the target" });
    for (const { putImage } of [source, target]) putImage("app", "v1", app);
    target.putImage("app", referrersTag(app), referrersIndex([own]));
    source.putImage("app", referrersTag(app), referrersIndex([sbom]));
    assert.deepEqual(actions(await sync()), ["attach"]);
    assert.deepEqual(entries(target, referrersTag(app)), [own.descriptor, sbom.descriptor]);
  });

  it("replace a subset of the same signatures, never other ones", async () => {
    const { source, target, sync } = await pair();
    for (const { putImage } of [source, target]) putImage("app", "v1", app);
    const tag = referrersTag(app, ".sig");
    target.putImage("app", tag, signature("ada"));
    source.putImage("app", tag, signature("ada", "bob"));
    assert.deepEqual(actions(await sync()), ["attach"]);
    assert.equal(target.store.tags("app").get(tag), signature("ada", "bob").digest);
    target.putImage("app", tag, signature("eve"));
    const other = await sync();
    assert.deepEqual(actions(other), ["none"]);
    assert.match(other.plan.changes[0]?.notes[0] ?? "", /other signatures/);
    assert.equal(target.store.tags("app").get(tag), signature("eve").digest);
  });

  it("cause a warning when an immutable repository refuses their tag, and the image is still copied", async () => {
    const isDigestTag = (_: string, tag: string): boolean => tag.startsWith("sha256-");
    const { source, target, sync } = await pair({
      target: { ...old, immutable: { product: "artifact-registry", repositories: isDigestTag } },
    });
    const own = artifact(app, { artifactType: "application/scan", content: "made at the target" });
    target.putImage("app", referrersTag(app), referrersIndex([own]));
    source.putImage("app", "v1", app);
    source.putImage("app", undefined, sbom);
    const { report, events } = await sync();
    assert.equal(report.outcomes.applied, 1);
    assert.equal(target.store.tags("app").get("v1"), app.digest);
    assert.match(
      report.results[0]?.result.notes.join() ?? "",
      /was refused, so the signatures or referrers in it are missing/,
    );
    assert.equal(events.filter(({ type }) => type === "warning").length, 1);
    assert.deepEqual(entries(target, referrersTag(app)), [own.descriptor]);
  });

  it("leave the image unchanged, with a warning, when all of them are refused", async () => {
    const isDigestTag = (_: string, tag: string): boolean => tag.startsWith("sha256-");
    const { source, target, sync } = await pair({
      target: { ...old, immutable: { product: "artifact-registry", repositories: isDigestTag } },
    });
    for (const { putImage } of [source, target]) putImage("app", "v1", app);
    target.putImage("app", referrersTag(app), referrersIndex([signed]));
    source.putImage("app", undefined, sbom);
    const { plan, report, events } = await sync();
    assert.deepEqual(actions({ plan, report, events }), ["attach"]);
    assert.equal(report.outcomes.unchanged, 1);
    assert.equal(report.outcomes.applied, 0);
    assert.equal(events.filter(({ type }) => type === "warning").length, 1);
  });

  it("of single platforms are looked up for an image in sync only if a tag may belong to them", async () => {
    const { source, target, sync } = await pair({ source: old, target: old });
    const index = twoPlatformIndex(1);
    const [child] = index.children;
    assert.ok(child);
    for (const { putImage } of [source, target]) putImage("app", "v1", index);
    const own = referrersTag(index, ".sig");
    for (const { putImage } of [source, target]) putImage("app", own, signature("ada"));
    const reads = (): number => source.countRequests(({ method, kind }) => method === "GET" && kind === "manifest");
    assert.deepEqual(actions(await sync()), ["none"]);
    assert.equal(reads(), 0, "all tags belong to images of the plan");
    source.putImage("app", referrersTag(smallImage(77), ".sig"), signature("bob"));
    assert.deepEqual(actions(await sync()), ["none"]);
    assert.equal(reads(), 1, "the index, once");
    source.putImage("app", referrersTag(child, ".sig"), signature("eve"));
    assert.deepEqual(actions(await sync()), ["attach"]);
    assert.equal(target.store.tags("app").get(referrersTag(child, ".sig")), signature("eve").digest);
    assert.deepEqual(actions(await sync()), ["none"]);
  });

  it("are skipped with a note when they are listed but missing, or refer to another image", async () => {
    const { source, target, sync } = await pair({ source: old });
    source.putImage("app", "v1", app);
    source.putImage("app", undefined, signed);
    source.putImage("app", referrersTag(app), referrersIndex([sbom, signed]));
    source.store.deleteManifest("app", sbom.digest);
    const { report } = await sync();
    assert.equal(report.outcomes.applied, 1);
    const notes = report.results[0]?.result.notes.join("\n") ?? "";
    assert.match(notes, /is not at the source/);
    assert.match(notes, /but it refers to/);
    assert.equal(target.store.getManifest("app", signed.digest), undefined);
  });

  it("of an index are left behind when only one platform is copied, and those of the platform are copied", async () => {
    const { source, target, sync } = await pair();
    const index = twoPlatformIndex(1);
    const [amd64, arm64] = index.children;
    assert.ok(amd64 && arm64);
    const proofs = [index, amd64, arm64].map((subject) =>
      artifact(subject, { artifactType: "application/proof", content: subject.digest }),
    );
    source.putImage("app", "v1", index);
    for (const proof of proofs) source.putImage("app", undefined, proof);
    const { plan } = await sync("tags: [v1], platforms: [linux/amd64]");
    assert.deepEqual(plan.changes[0]?.notes, [
      "1 platform left behind",
      "1 referrer of the whole index left behind",
      "with 1 referrer",
    ]);
    assert.deepEqual(
      proofs.map(({ digest }) => target.store.getManifest("app", digest) !== undefined),
      [false, true, false],
    );
  });

  it("are not looked up with referrers: false, nor for an image in sync with referrers: with-copy", async () => {
    const { source, target, sync } = await pair();
    source.putImage("app", "v1", app);
    source.putImage("app", undefined, sbom);
    await sync("tags: [v1], referrers: false");
    assert.equal(
      source.countRequests(({ kind }) => kind === "referrers" || kind === "tags"),
      0,
    );
    assert.deepEqual(actions(await sync("tags: [v1], referrers: with-copy")), ["none"]);
    assert.equal(
      source.countRequests(({ kind }) => kind === "referrers" || kind === "tags"),
      0,
    );
    assert.equal(target.store.getManifest("app", sbom.digest), undefined);
  });

  it("are not looked up at the target when the source has none", async () => {
    const { source, target, sync } = await pair();
    for (const { putImage } of [source, target]) putImage("app", "v1", app);
    assert.deepEqual(actions(await sync()), ["none"]);
    assert.deepEqual(
      target.log.map(({ method, kind }) => `${method} ${kind}`),
      ["HEAD manifest"],
    );
    assert.deepEqual(source.log.map(({ method, kind }) => `${method} ${kind}`).toSorted(), [
      "GET referrers",
      "GET tags",
      "HEAD manifest",
    ]);
  });

  it("are copied to a registry that requires the image first", async () => {
    let isThere = false;
    const { source, target, sync } = await pair({
      target: {
        onRequest: ({ method, kind, reference }) => {
          if (method !== "PUT" || kind !== "manifest") return undefined;
          if (reference === "v1") isThere = true;
          return isThere
            ? undefined
            : { kind: "answer", status: 404, body: '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}' };
        },
      },
    });
    source.putImage("app", "v1", app);
    source.putImage("app", undefined, sbom);
    const { report } = await sync();
    assert.equal(report.outcomes.applied, 1);
    assert.ok(target.store.getManifest("app", sbom.digest));
  });
});
