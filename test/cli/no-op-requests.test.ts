import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();
const TAGS = ["v0", "v1", "v2", "v3", "v4"];

type Options = { readonly isPinned?: boolean; readonly referrers?: string; readonly hasReferrersApi?: boolean };

/** Applies five tags that are in sync, and returns the requests to both registries by kind. */
async function countRequests(options: Options): Promise<Record<string, number>> {
  const { isPinned = false, referrers = "true", hasReferrersApi = true } = options;
  const [source, target] = [await start({ referrers: hasReferrersApi }), await start()];
  TAGS.forEach((tag, at) => [
    source.putImage("app", tag, smallImage(at)),
    target.putImage("copy", tag, smallImage(at)),
  ]);
  const entries = isPinned
    ? TAGS.map(
        (tag, at) =>
          `  - { source: "${source.host}/app:${tag}@${smallImage(at).digest}", target: "${target.host}/copy:${tag}" }`,
      )
    : [`  - { source: ${source.host}/app, target: ${target.host}/copy, tags: [${TAGS.join(", ")}] }`];
  const folder = await makeFolder({
    "images.yaml": [
      "version: 1",
      `registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }`,
      `defaults: { referrers: ${referrers} }`,
      "images:",
      ...entries,
      "",
    ].join("\n"),
  });
  onEnd(folder.remove);
  const applied = await runCli(["apply", "--yes"], { cwd: folder.path });
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  assert.match(applied.stdout, /5 tags already in sync/);
  const log = [...source.log, ...target.log].map(({ method, kind }) => `${method} ${kind}`);
  return Object.fromEntries([...Map.groupBy(log, (name) => name)].map(([name, all]) => [name, all.length]));
}

describe("the requests of a run with nothing to do", () => {
  it("are one HEAD on each side for a tag", async () => {
    assert.deepEqual(await countRequests({ referrers: "with-copy" }), { "HEAD manifest": 2 * TAGS.length });
  });

  it("are one HEAD at the target for a pinned tag", async () => {
    assert.deepEqual(await countRequests({ referrers: "with-copy", isPinned: true }), { "HEAD manifest": TAGS.length });
  });

  it("include one list for a source repository, and one question to its registry, to find new signatures", async () => {
    const { "HEAD manifest": heads, ...others } = await countRequests({ hasReferrersApi: false });
    assert.equal(heads, 2 * TAGS.length);
    assert.deepEqual(others, { "GET tags": 1, "GET referrers": 1 });
  });

  it("include one question for each image if the source has the referrers API", async () => {
    const { "HEAD manifest": heads, ...others } = await countRequests({ hasReferrersApi: true });
    assert.equal(heads, 2 * TAGS.length);
    assert.deepEqual(others, { "GET tags": 1, "GET referrers": TAGS.length });
  });
});
