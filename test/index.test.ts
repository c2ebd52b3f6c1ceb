import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import * as library from "../src/index.ts";
import { makeFolder } from "./support/cli.ts";
import { utf16le } from "./support/encodings.ts";
import { smallImage } from "./support/images.ts";
import { createScope } from "./support/scope.ts";

const { registry: start, onEnd } = createScope();
const root = resolve(fileURLToPath(new URL("..", import.meta.url)));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** A manifest that copies `app:v1` of one registry into another. */
async function prepare() {
  const source = await start();
  const target = await start();
  source.putImage("app", "v1", smallImage(1));
  const folder = await makeFolder({
    "images.yaml": `version: 1\nimages: [{ source: "${source.host}/app:v1", target: "${target.host}/copy" }]\n`,
  });
  onEnd(folder.remove);
  const registries = { [source.host]: { plainHttp: true }, [target.host]: { plainHttp: true } };
  return { source, target, folder, file: join(folder.path, "images.yaml"), options: { settings: { registries } } };
}

describe("the library", () => {
  it("plans and applies with settings and an event listener as options", async () => {
    const { target, file, options } = await prepare();
    const manifest = await library.loadManifest(file);
    const planned = await library.plan(manifest, options);
    assert.deepEqual(
      planned.changes.map(({ action }) => action),
      ["create"],
    );
    const events: string[] = [];
    const onEvent = ({ type }: library.Event): void => void events.push(type);
    const report = await library.apply(planned, { ...options, manifest, onEvent });
    assert.equal(report.outcomes.applied, 1);
    assert.equal(target.store.tags("copy").get("v1"), smallImage(1).digest);
    assert.deepEqual([events[0], events.at(-1)], ["run.started", "run.finished"]);
    const again = await library.plan(manifest, options);
    assert.deepEqual(
      again.changes.map(({ action }) => action),
      ["none"],
    );
  });

  it("divides a plan, applies its shards from the saved document, and merges their reports", async () => {
    const { target, folder, file, options } = await prepare();
    const manifest = await library.loadManifest(file);
    const saved = join(folder.path, "plan.json");
    await writeFile(saved, library.formatPlan(await library.plan(manifest, { ...options, shards: 2 })));
    const plan = await library.readPlan(saved);
    const reports: library.NamedReport[] = [];
    for (const number of [1, 2]) {
      const report = await library.apply(plan, { ...options, manifest, shard: { number, of: 2 } });
      const name = join(folder.path, `report-${number}.json`);
      await writeFile(name, library.formatReport(report));
      reports.push({ name, report: await library.readReport(name) });
    }
    assert.ok(target.store.tags("copy").has("v1"));
    assert.equal(library.mergeReports(reports).outcomes.applied, 1);
    assert.deepEqual(library.mergeReports(reports.slice(0, 1)).shards?.missing, [2]);
    await assert.rejects(library.apply(plan, { ...options, manifest, shard: { number: 0, of: 2 } }), { code: "USAGE" });
    await assert.rejects(library.apply(plan, { ...options, manifest, shard: { number: 1, of: 3 } }), { code: "USAGE" });
  });

  it("sends fewer requests at a time if shards run in parallel", async () => {
    const most = async (parallel: number): Promise<number> => {
      let active = 0;
      let highest = 0;
      const source = await start({
        onRequest: async () => {
          active += 1;
          highest = Math.max(highest, active);
          await new Promise((resolve) => void setImmediate(resolve));
          active -= 1;
        },
      });
      const target = await start();
      for (let tag = 1; tag <= 20; tag += 1) source.putImage("app", `v${tag}`, smallImage(tag));
      const entry = `{ source: "${source.host}/app", target: "${target.host}/copy", tags: [{ glob: "*" }] }`;
      const folder = await makeFolder({ "images.yaml": `version: 1\nimages: [${entry}]\n` });
      onEnd(folder.remove);
      const registries = { [source.host]: { plainHttp: true }, [target.host]: { plainHttp: true } };
      const options = { settings: { registries } };
      const manifest = await library.loadManifest(join(folder.path, "images.yaml"));
      const plan = await library.plan(manifest, { ...options, shards: 1 });
      highest = 0;
      const shard = { number: 1, of: 1 };
      const report = await library.apply(plan, { ...options, manifest, shard, parallel });
      assert.equal(report.outcomes.applied, 20);
      return highest;
    };
    assert.equal(await most(32), 1);
    assert.ok((await most(1)) > 1);
  });

  it("refuses a plan made from another manifest, and writes nothing", async () => {
    const { target, folder, file, options } = await prepare();
    const planned = await library.plan(await library.loadManifest(file), options);
    await folder.write("images.yaml", `${await folder.read("images.yaml")}immutable: []\n`);
    const manifest = await library.loadManifest(file);
    await assert.rejects(library.apply(planned, { ...options, manifest }), { code: "PLAN_OUTDATED" });
    assert.deepEqual(target.store.tags("copy").size, 0);
  });

  it("reports manifest errors as one ManifestError with positions", async () => {
    const folder = await makeFolder({ "images.yaml": "version: 1\nimages: [{ sauce: a }]\n" });
    onEnd(folder.remove);
    const thrown = await library.loadManifest(join(folder.path, "images.yaml")).catch((error: unknown) => error);
    assert.ok(thrown instanceof library.ManifestError && thrown instanceof library.ImgsyncError);
    assert.equal(thrown.code, "MANIFEST_INVALID");
    assert.ok(thrown.diagnostics.some(({ position }) => position.line === 2));
  });

  it("rejects invalid settings without sending a request", async () => {
    const { source, file } = await prepare();
    const manifest = await library.loadManifest(file);
    const settings = { concurrency: -1 };
    await assert.rejects(library.plan(manifest, { settings }), {
      code: "CONFIG_INVALID",
      message: /settings\.concurrency/,
    });
    assert.deepEqual(source.log, []);
  });

  it("rejects with the reason of an aborted signal", async () => {
    const { file, options } = await prepare();
    const manifest = await library.loadManifest(file);
    const reason = new Error("enough");
    await assert.rejects(library.plan(manifest, { ...options, signal: AbortSignal.abort(reason) }), reason);
  });

  it("lists images, locks, explains a tag, and applies a saved plan", async () => {
    const { source, folder, file, options } = await prepare();
    const images = await library.list(`${source.host}/app`, options);
    assert.deepEqual(
      images.images.map(({ tags }) => tags),
      [["v1"]],
    );
    const manifest = await library.loadManifest(file);
    assert.equal((await library.lock(manifest, options)).state, "written");
    const locked = await library.loadManifest(file, { lock: "require" });
    const explained = await library.explain(locked, `${source.host}/app:v1`, options);
    assert.equal(explained.targets.length, 1);
    const planned = await library.plan(locked, options);
    await folder.write("plan.json", library.formatPlan(planned));
    const saved = await library.readPlan(join(folder.path, "plan.json"));
    await writeFile(join(folder.path, "utf16.json"), utf16le(library.formatPlan(planned)));
    assert.deepEqual(await library.readPlan(join(folder.path, "utf16.json")), saved);
    await writeFile(join(folder.path, "latin1.json"), Uint8Array.of(0x7b, 0xe9, 0x7d));
    await assert.rejects(library.readPlan(join(folder.path, "latin1.json")), /"[^"]*latin1\.json" is not UTF-8 text/);
    const report = await library.apply(saved, { ...options, manifest: locked });
    assert.equal(report.outcomes.applied, 1);
  });

  it("lists with the credentials that a manifest sets for a part of a registry", async () => {
    const registry = await start({ auth: { kind: "basic", users: { me: "a-password" } } });
    registry.putImage("open/app", "v1", smallImage(1));
    registry.putImage("own/app", "v1", smallImage(1));
    const { host } = registry;
    const folder = await makeFolder({
      "images.yaml": `version: 1\nregistries: { "${host}/open": { auth: { anonymous: true } } }\nimages: [{ source: "${host}/open/app:v1", target: "${host}/own/app" }]\n`,
    });
    onEnd(folder.remove);
    const manifest = await library.loadManifest(join(folder.path, "images.yaml"));
    const auths = { [host]: { auth: Buffer.from("me:a-password").toString("base64") } };
    const environment = { DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) };
    const options = { manifest, environment, settings: { registries: { [host]: { plainHttp: true } } } };
    assert.equal((await library.list(`${host}/own/app`, options)).images.length, 1);
    await assert.rejects(library.list(`${host}/open/app`, options), { code: "UNAUTHENTICATED" });
  });
});

describe("docs/library.md", () => {
  const page = read("docs/library.md");

  it("documents exactly the exported names", () => {
    const types = [...read("src/index.ts").matchAll(/export type \{([^}]*)\}/g)].flatMap(([, names = ""]) =>
      names
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== ""),
    );
    const documented = [...page.matchAll(/^\| `([A-Za-z_]+)[^|]*` \|/gm)].map(([, name = ""]) => name);
    assert.deepEqual(documented.toSorted(), [...Object.keys(library), ...types].toSorted());
  });

  it("shows the example program", () => {
    const part = /\/\/ docs: begin\n(.*)\/\/ docs: end/s.exec(read("examples/library/sync.ts"))?.[1] ?? "";
    assert.ok(
      part !== "" && page.includes(`\n\`\`\`ts\n${part}`),
      "the code block is not what examples/library/sync.ts has",
    );
  });
});
