import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { artifact, referrersTag, seal, smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

const PLAN_TYPE = "application/vnd.imgsync.plan.v1+json";
const REPORT_TYPE = "application/vnd.imgsync.report.v1+json";

const DENIED = {
  kind: "answer",
  status: 403,
  body: JSON.stringify({ errors: [{ code: "DENIED", message: "read-only" }] }),
} as const;

type Stored = { readonly artifactType?: string; readonly subject?: { readonly digest: string } };

/** Two repositories with a tag each, and a registry for plans. */
async function world(options: RegistryOptions = {}) {
  const [source, target, plans] = [await start(), await start(), await start(options)];
  const hosts = [source, target, plans].map(({ host }) => `"${host}": { plainHttp: true }`);
  const entries = ["a", "b"].map((name, seed) => {
    source.putImage(name, "v1", smallImage(seed));
    return `  - { source: "${source.host}/${name}:v1", target: "${target.host}/${name}" }`;
  });
  const manifest = `version: 1\nregistries: { ${hosts.join(", ")} }\nimages:\n${entries.join("\n")}\n`;
  const folder = await makeFolder({ "images.yaml": manifest });
  onEnd(folder.remove);
  const run = (...args: readonly string[]) => runCli(args, { cwd: folder.path });
  const name = `oci://${plans.host}/imgsync/plans:42`;
  const merge = (...more: readonly string[]) => run("report", "merge", name, "--file", "images.yaml", ...more);
  const apply = (shard: string) => run("apply", name, "--shard", shard, "--yes");
  return { source, target, plans, folder, run, name, merge, apply };
}

describe("a plan in a registry", () => {
  it("is an OCI artifact that apply takes, with the reports of its shards as referrers", async () => {
    const { target, plans, run, name, merge, apply } = await world();
    const planned = await run("plan", "--shards", "2", "--out", name);
    assert.equal(planned.code, 0, planned.stderr);
    const digest = plans.store.tags("imgsync/plans").get("42") ?? "";
    assert.match(planned.stderr, new RegExp(`^saved the plan to ${name}@${digest}$`, "m"));
    const manifest = JSON.parse(
      new TextDecoder().decode(plans.store.getManifest("imgsync/plans", digest)?.bytes),
    ) as Record<string, unknown>;
    assert.equal(manifest["artifactType"], PLAN_TYPE);
    assert.deepEqual(manifest["config"], {
      mediaType: "application/vnd.oci.empty.v1+json",
      digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
      size: 2,
    });

    const first = await apply("1/2");
    assert.equal(first.code, 0, first.stderr);
    const incomplete = await merge();
    assert.equal(incomplete.code, 1, incomplete.stderr);
    assert.match(incomplete.stdout, /^no report of shard 2: what was done there is unknown/m);
    assert.equal((await apply("2/2")).code, 0);
    const merged = await merge();
    assert.equal(merged.code, 0, merged.stderr);
    assert.match(merged.stdout, /^apply: 2 applied, .*\n2 of 2 shards reported$/m);
    assert.deepEqual(target.store.repositories(), ["a", "b"]);
    const reports = plans.store
      .manifests("imgsync/plans")
      .map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)) as Stored)
      .filter(({ artifactType }) => artifactType === REPORT_TYPE);
    assert.deepEqual(
      reports.map(({ subject }) => subject?.digest),
      [digest, digest],
    );
    assert.deepEqual([...plans.store.tags("imgsync/plans").keys()], ["42"], "no tags, because the registry lists them");

    // a shard that is applied again reports again
    assert.equal((await run("apply", `${name}@${digest}`, "--shard", "1/2", "--yes")).code, 0);
    const again = await merge();
    assert.equal(again.code, 0);
    assert.match(again.stdout, /^apply: 2 applied, /m);
  });

  it("finds the reports of machines that wrote at the same time to a registry without referrers", async () => {
    const { plans, run, name, merge, apply } = await world({ referrers: false });
    assert.equal((await run("plan", "--shards", "2", "--out", name)).code, 0);
    const results = await Promise.all([apply("1/2"), apply("2/2")]);
    assert.deepEqual(
      results.map(({ code }) => code),
      [0, 0],
      results.map(({ stderr }) => stderr).join("\n"),
    );
    const tag = referrersTag({ digest: plans.store.tags("imgsync/plans").get("42") } as never);
    const tags = [...plans.store.tags("imgsync/plans").keys()].toSorted();
    assert.deepEqual(tags, ["42", tag, `${tag}.report-1`, `${tag}.report-2`]);
    const merged = await merge("--format", "json");
    assert.equal(merged.code, 0, merged.stderr);
    // whatever became of the index
    plans.store.deleteTag("imgsync/plans", tag);
    assert.equal((await merge()).code, 0);
  });

  it("makes apply fail if the report of a shard cannot be saved, although its tags were written", async () => {
    let isReadOnly = false;
    const { target, run, name, merge, apply } = await world({
      onRequest: ({ method }) => (isReadOnly && method !== "GET" && method !== "HEAD" ? DENIED : undefined),
    });
    assert.equal((await run("plan", "--shards", "1", "--out", name)).code, 0);
    isReadOnly = true;
    const { code, stderr } = await apply("1/1");
    assert.equal(code, 1);
    assert.match(stderr, /^error: target 127\.0\.0\.1:\d+\/imgsync\/plans.* \[DENIED\]/m);
    assert.deepEqual(target.store.repositories(), ["a", "b"]);
    const merged = await merge();
    assert.equal(merged.code, 1);
    assert.match(merged.stderr, /no shard of the plan/);
  });

  it("is refused if it is something else, was edited, or is not there", async () => {
    const { source, target, plans, run, name, folder } = await world();
    plans.putImage("imgsync/plans", "image", smallImage(7));
    assert.equal((await run("plan", "--out", "plan.json")).code, 0);
    const text = (await folder.read("plan.json")).replace('"action": "create"', '"action": "update"');
    const edited = artifact(smallImage(7), { artifactType: PLAN_TYPE, content: text });
    plans.putImage("imgsync/plans", "other-layer", edited);
    const json = JSON.parse(new TextDecoder().decode(edited.bytes)) as { layers: { mediaType: string }[] };
    for (const layer of json.layers) layer.mediaType = PLAN_TYPE;
    plans.putImage("imgsync/plans", "edited", seal(edited.mediaType, json, { blobs: edited.blobs }));
    for (const registry of [source, target]) registry.clearLog();
    const cases: readonly (readonly [string, RegExp])[] = [
      [name.replace(/42$/, "image"), /is another artifact or image, and not the plan \[PLAN_INVALID\]/],
      [name.replace(/42$/, "other-layer"), /is another artifact or image, and not the plan/],
      [name.replace(/42$/, "edited"), /was changed after it was made: its checksum does not match/],
      [name, /the plan "oci:.*:42" is not in the registry/],
      ["oci://plans:42", /is not written in full: it means "oci:\/\/docker\.io\/library\/plans:42"/],
      [name.replace(/:42$/, ""), /has no tag and no digest/],
    ];
    for (const [place, message] of cases) {
      const { code, stderr } = await run("apply", place, "--yes");
      assert.equal(code, 1, place);
      assert.match(stderr, message);
    }
    assert.equal(source.log.length + target.log.length, 0);
    const out = await run("plan", "--out", `${name}@${smallImage(1).digest}`);
    assert.match(out.stderr, /a plan is saved under a tag/);
  });

  it("is compared with the manifest like a plan in a file", async () => {
    const { target, run, name, folder } = await world();
    assert.equal((await run("plan", "--out", name)).code, 0);
    await folder.write("images.yaml", (await folder.read("images.yaml")).replace("/a:v1", "/b:v1"));
    const { code, stderr } = await run("apply", name, "--yes");
    assert.equal(code, 1);
    assert.match(stderr, /the plan was made from another version of "images\.yaml" \[PLAN_OUTDATED\]/);
    assert.equal(target.log.filter(isWrite).length, 0);
  });

  it("has no reports of an earlier plan with the same changes", async () => {
    const { target, run, name, merge, apply } = await world();
    assert.equal((await run("plan", "--shards", "2", "--out", name.replace(/42$/, "41"))).code, 0);
    for (const shard of ["1/2", "2/2"])
      assert.equal((await run("apply", name.replace(/42$/, "41"), "--shard", shard, "--yes")).code, 0);
    for (const repository of ["a", "b"]) target.store.deleteTag(repository, "v1");
    assert.equal((await run("plan", "--shards", "2", "--out", name)).code, 0);
    const before = await merge();
    assert.equal(before.code, 1, before.stdout);
    assert.match(before.stderr, /no shard of the plan "oci:.*:42" has reported/);
    assert.equal((await apply("1/2")).code, 0);
    const half = await merge();
    assert.equal(half.code, 1, half.stdout);
    assert.match(half.stdout, /^no report of shard 2: what was done there is unknown/m);
  });

  it("ignores what else refers to it, and refuses a report of another plan", async () => {
    const { plans, run, name, merge, apply, folder } = await world();
    assert.equal((await run("plan", "--shards", "1", "--out", name)).code, 0);
    const digest = plans.store.tags("imgsync/plans").get("42") ?? "";
    const stored = plans.store.getManifest("imgsync/plans", digest);
    if (stored === undefined) throw new Error("no plan");
    const descriptor = { mediaType: stored.mediaType, digest: stored.digest, size: stored.bytes.byteLength };
    const subject = { ...stored, descriptor, blobs: [], children: [] };
    plans.putImage("imgsync/plans", undefined, artifact(subject, { artifactType: "text/signature", content: "x" }));
    const nothing = await merge();
    assert.equal(nothing.code, 1);
    assert.match(nothing.stderr, /no shard of the plan "oci:.*:42" has reported/);
    assert.equal((await apply("1/1")).code, 0);
    assert.equal((await merge()).code, 0);

    const other = name.replace(/42$/, "43");
    await folder.write("images.yaml", `${await folder.read("images.yaml")}# changed\nx-note: 1\n`);
    await folder.write("images.yaml", (await folder.read("images.yaml")).replace("/b:v1", "/a:v1"));
    assert.equal((await run("plan", "--shards", "1", "--out", other)).code, 0);
    const mixed = await run("report", "merge", name, other, "--file", "images.yaml");
    assert.equal(mixed.code, 1);
    assert.match(mixed.stderr, /no shard of the plan "oci:.*:43" has reported/);
    assert.equal((await run("apply", other, "--shard", "1/1", "--yes")).code, 0);
    const both = await run("report", "merge", name, other, "--file", "images.yaml");
    assert.equal(both.code, 1);
    assert.match(both.stderr, /is about another plan than/);
  });
});
