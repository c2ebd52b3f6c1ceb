import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { planChecksum } from "../../src/documents/plan-checksum.ts";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { artifact, referrersTag, smallImage, type TestImage, twoPlatformIndex } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

type World = {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  readonly folder: Awaited<ReturnType<typeof makeFolder>>;
};

const BOTH = "{ source: SOURCE/sigs, target: TARGET/mirror-sigs }";

async function world(
  image: TestImage,
  referrers = BOTH,
  { target = {}, source = {} }: { readonly target?: RegistryOptions; readonly source?: RegistryOptions } = {},
): Promise<World> {
  const [from, to] = [await start(source), await start(target)];
  from.putImage("team/app", "v1", image);
  const text = `version: 1
registries: { "${from.host}": { plainHttp: true }, "${to.host}": { plainHttp: true } }
images: [{ source: "${from.host}/team/app", target: "${to.host}/mirror/app", tags: [v1], referrers: ${referrers} }]
`;
  const folder = await makeFolder({
    "images.yaml": text.replaceAll("SOURCE", from.host).replaceAll("TARGET", to.host),
  });
  onEnd(folder.remove);
  return { source: from, target: to, folder, run: (...args) => runCli(args, { cwd: folder.path }) };
}

const tagsOf = ({ store }: EmbeddedRegistry, repository: string): readonly string[] => [
  ...store.tags(repository).keys(),
];

const sbomOf = (image: TestImage): TestImage => artifact(image, { artifactType: "text/spdx", content: "sbom" });

describe("referrers in another repository", () => {
  it("are copied there by their tags, also those that are created later, and never looked for beside the image", async () => {
    const image = smallImage(1);
    const { source, target, run } = await world(image);
    source.putImage("sigs", referrersTag(image, ".sig"), smallImage(7));
    source.putImage("team/app", referrersTag(image, ".att"), smallImage(8));
    const planned = await run("plan");
    assert.ok(
      planned.stdout.includes(`with 1 signature in ${target.host}/mirror-sigs`),
      planned.stdout + planned.stderr,
    );
    const applied = await run("apply", "--yes", "--verify");
    assert.equal(applied.code, 0, applied.stderr);
    assert.deepEqual(tagsOf(target, "mirror-sigs"), [referrersTag(image, ".sig")]);
    assert.deepEqual(tagsOf(target, "mirror/app"), ["v1"]);
    source.putImage("sigs", referrersTag(image, ".att"), smallImage(9));
    const attached = await run("apply", "--yes", "--verify");
    assert.equal(attached.code, 0, attached.stderr);
    assert.deepEqual(
      tagsOf(target, "mirror-sigs").toSorted(),
      [".att", ".sig"].map((end) => referrersTag(image, end as ".att")),
    );
    target.clearLog();
    const again = await run("apply", "--yes");
    assert.match(again.stdout, /unchanged|No changes|already in sync/);
    assert.equal(target.log.filter(isWrite).length, 0);
  });

  it("are copied there by the referrers API, and listed by it at the target", async () => {
    const image = twoPlatformIndex(1);
    const { source, target, run } = await world(image);
    const sbom = sbomOf(image);
    source.putImage("sigs", undefined, sbom);
    const applied = await run("apply", "--yes", "--verify");
    assert.equal(applied.code, 0, applied.stderr);
    assert.ok(target.store.getManifest("mirror-sigs", sbom.digest));
    assert.equal(target.store.getManifest("mirror/app", sbom.digest), undefined);
    assert.match((await run("plan")).stdout, /No changes/);
  });

  it("are listed under a tag there at a registry without the referrers API", async () => {
    const image = smallImage(1);
    const { source, target, run } = await world(image, BOTH, { target: { referrers: false } });
    source.putImage("sigs", undefined, sbomOf(image));
    assert.equal((await run("apply", "--yes")).code, 0);
    assert.deepEqual(tagsOf(target, "mirror-sigs"), [referrersTag(image)]);
    assert.deepEqual(tagsOf(target, "mirror/app"), ["v1"]);
    assert.match((await run("plan")).stdout, /No changes/);
  });

  for (const [name, referrers, from, to] of [
    ["at the source alone", "{ source: SOURCE/sigs }", "sigs", "mirror/app"],
    ["at the target alone", "{ target: TARGET/mirror-sigs }", "team/app", "mirror-sigs"],
  ] as const)
    it(`may be elsewhere ${name}`, async () => {
      const image = smallImage(1);
      const { source, target, run } = await world(image, referrers);
      source.putImage(from, referrersTag(image, ".sig"), smallImage(7));
      assert.equal((await run("apply", "--yes")).code, 0);
      assert.ok(tagsOf(target, to).includes(referrersTag(image, ".sig")));
    });

  it("are those of a saved plan, whose repositories must be those of the manifest", async () => {
    const image = smallImage(1);
    const { source, target, run, folder } = await world(image);
    source.putImage("sigs", referrersTag(image, ".sig"), smallImage(7));
    assert.equal((await run("plan", "--out", "plan.json")).code, 0);
    const plan = JSON.parse(await folder.read("plan.json"));
    assert.deepEqual(plan.changes[0].referrersAt, {
      source: `${source.host}/sigs`,
      target: `${target.host}/mirror-sigs`,
    });
    const { checksum: _, ...content } = plan;
    content.changes[0].referrersAt.target = `${target.host}/other`;
    await folder.write("edited.json", JSON.stringify({ ...content, checksum: planChecksum(content) }));
    const refused = await run("apply", "edited.json", "--yes");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /this change is not in the manifest/);
    assert.equal(target.log.filter(isWrite).length, 0);
    assert.equal((await run("apply", "plan.json", "--yes")).code, 0);
    assert.deepEqual(tagsOf(target, "mirror-sigs"), [referrersTag(image, ".sig")]);
  });

  it("are unknown when their repository cannot be read, and then nothing is written", async () => {
    const { target, run } = await world(smallImage(1), BOTH, {
      source: {
        onRequest: ({ path }) =>
          path === "/v2/sigs/tags/list" ? { kind: "answer", status: 200, body: "{}" } : undefined,
      },
    });
    const { code, stdout, stderr } = await run("apply", "--yes");
    assert.match(stdout + stderr, /not a list of tags/);
    assert.equal(code, 1);
    assert.equal(target.log.filter(isWrite).length, 0);
  });

  it("are checked without a network", async () => {
    for (const [referrers, message] of [
      ["{ source: 'SOURCE/sigs:v1' }", /images\.yaml:3:\d+: error: "v1" does not belong here/],
      ["{ target: 'oci:x' }", /an OCI layout has its signatures with its images/],
      ["{ target: 'a//b' }", /has an empty path part/],
      ["{}", /images\.yaml:3/],
      [
        "{ source: other.example.com/sigs }, verify: { identity: a, issuer: b }",
        /which is at another host than the image/,
      ],
    ] as const) {
      const { source, target, run } = await world(smallImage(1), referrers);
      const { code, stderr } = await run("validate");
      assert.equal(code, 1, referrers);
      assert.match(stderr, message);
      assert.equal(source.log.length + target.log.length, 0);
    }
  });
});
