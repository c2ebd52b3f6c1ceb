import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

it("plan saves an HTML page and a plan for apply beside its output, and fails if it cannot write a file", async () => {
  const [source, target] = [await start(), await start()];
  source.putImage("app", "v1", smallImage(1));
  const folder = await makeFolder({
    "images.yaml": `version: 1
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
images: [{ source: "${source.host}/app:v1", target: "${target.host}/app" }]
`,
  });
  onEnd(folder.remove);
  const run = (...args: readonly string[]) => runCli(args, { cwd: folder.path });
  const { code, stdout, stderr } = await run("plan", "--format", "markdown", "--out", "a.html", "--out", "plan.json");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^<!-- imgsync plan -->/);
  const page = await folder.read("a.html");
  assert.match(page, /^<!doctype html>/i);
  // every output shows the same number of requests
  assert.ok(page.includes(/Made with \d+ requests\./.exec(stdout)?.[0] ?? "nothing"));
  assert.equal((await run("apply", "plan.json", "--yes")).code, 0);
  assert.equal(target.store.tags("app").get("v1"), smallImage(1).digest);
  const failed = await run("plan", "--out", "gone/plan.html");
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /the plan cannot be written to "gone\/plan\.html" \[OUTPUT_FAILED\]/);
});

it("apply names the manifest that a saved plan was made from", async () => {
  const [source, target] = [await start(), await start()];
  source.putImage("app", "v1", smallImage(1));
  const manifest = `version: 1
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
images: [{ source: "${source.host}/app:v1", target: "${target.host}/app" }]
`;
  const folder = await makeFolder({ "prod.yaml": manifest });
  onEnd(folder.remove);
  const run = (...args: readonly string[]) => runCli(args, { cwd: folder.path });
  assert.equal((await run("plan", "--file", "prod.yaml", "--out", "plan.json")).code, 0);
  assert.equal(JSON.parse(await folder.read("plan.json")).manifest, "prod.yaml");

  const missing = await run("apply", "plan.json", "--yes");
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /hint: the plan was made from "prod\.yaml": name that manifest with --file FILE\n/);
  await folder.write("images.yaml", manifest.replace("/app:v1", "/app:v2"));
  const other = await run("apply", "plan.json", "--yes");
  assert.equal(other.code, 1);
  assert.match(other.stderr, /the plan was made from "prod\.yaml", and this is "images\.yaml" \[PLAN_OUTDATED\]/);

  const applied = await run("apply", "plan.json", "--yes", "--file", "prod.yaml");
  assert.equal(applied.code, 0, applied.stderr);
  assert.match(applied.stderr, /^read plan\.json: 1 tag, made from prod\.yaml$/m);
});

it("plan in one folder saves a plan that apply takes in another, with included files of the same name", async () => {
  const [source, target] = [await start(), await start()];
  source.putImage("app", "v1", smallImage(1));
  source.putImage("app", "w1", smallImage(2));
  const included = (glob: string): string =>
    `version: 1\nimages: [{ source: "${source.host}/app", target: "${target.host}/app", tags: [{ glob: "${glob}" }] }]\n`;
  const folder = await makeFolder({
    "images.yaml": `version: 1
include: [a/images.yaml, b/images.yaml]
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
`,
  });
  onEnd(folder.remove);
  await mkdir(join(folder.path, "a"));
  await mkdir(join(folder.path, "b"));
  await folder.write("a/images.yaml", included("v*"));
  await folder.write("b/images.yaml", included("w*"));
  const planned = await runCli(["plan", "--file", "../images.yaml", "--out", "../plan.json"], {
    cwd: join(folder.path, "b"),
  });
  assert.equal(planned.code, 0, planned.stderr);
  const column = included("").indexOf("{ glob") - "version: 1\n".length + 1;
  const { changes }: { changes: readonly { positions: readonly unknown[] }[] } = JSON.parse(
    await folder.read("plan.json"),
  );
  assert.deepEqual(
    changes.map(({ positions }) => positions),
    [
      [{ file: "../a/images.yaml", line: 2, column, name: "a/images.yaml" }],
      [{ file: "images.yaml", line: 2, column, name: "b/images.yaml" }],
    ],
  );
  const applied = await runCli(["apply", "plan.json", "--yes"], { cwd: folder.path });
  assert.equal(applied.code, 0, applied.stderr);
  assert.deepEqual([...target.store.tags("app").keys()].toSorted(), ["v1", "w1"]);
});
