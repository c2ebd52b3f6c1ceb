import assert from "node:assert/strict";
import { planChecksum } from "../../src/documents/plan-checksum.ts";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { AR_HOST, AR_PATH, openArtifactRegistryWorld } from "../support/artifact-registry-world.ts";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

type World = {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  readonly folder: string;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  readonly mapping: (rest: string) => Promise<void>;
  readonly tags: () => readonly string[];
};

const OLD = smallImage(1);
const YOUNG = smallImage(2, { created: new Date().toISOString() });
const MADE = /too young: made \d{4}-\d\d-\d\d \d\d:\d\d UTC according to the image, due \d{4}-\d\d-\d\d \d\d:\d\d UTC/;

/** `stable` was OLD and is YOUNG now; the target has OLD. */
async function world(options: RegistryOptions = {}): Promise<World> {
  const source = await start(options);
  const target = await start();
  const folder = await makeFolder();
  onEnd(folder.remove);
  source.putImage("app", "stable", YOUNG);
  target.putImage("app", "stable", OLD);
  const hosts = `registries:\n  ${source.host}: { plainHttp: true }\n  ${target.host}: { plainHttp: true }\n`;
  const mapping = (rest: string): Promise<void> =>
    folder.write(
      "images.yaml",
      `version: 1\n${hosts}images:\n  - { source: ${source.host}/app, target: ${target.host}/app, minAge: 72h, ${rest} }\n`,
    );
  await mapping("tags: [stable]");
  return {
    source,
    target,
    folder: folder.path,
    mapping,
    run: (...args) => runCli(args, { cwd: folder.path }),
    tags: () => [...target.store.tags("app").keys()].toSorted(),
  };
}

describe("minAge", () => {
  it("is shown in plans as text, Markdown, JSON and shell, and leaves no change pending", async () => {
    const { run } = await world();
    const text = await run("plan", "--detailed-exitcode");
    assert.equal(text.code, 0, text.stderr);
    assert.match(text.stdout, /^ *held +stable +from \S+, sha256:\w{12} -> sha256:\w{12}, too young/m);
    assert.match(text.stdout, MADE);
    assert.match(text.stdout, /plan: 1 held back/);
    assert.match((await run("plan", "--format", "markdown")).stdout, /#### Held back: 1 tag[^]*`<br>too young: made/);
    assert.match((await run("plan", "--format", "shell")).stdout, /^# held \S+: too young: made .* UTC$/m);
    const { changes, summary } = JSON.parse((await run("plan", "--format", "json")).stdout);
    assert.equal(summary.held, 1);
    assert.equal(changes[0].held.by, "image");
    assert.ok(Date.parse(changes[0].held.due) > Date.now());
  });

  it("writes nothing and exits 0 when every change is held back", async () => {
    const { run, target } = await world();
    const { code, stdout } = await run("apply", "--yes");
    assert.equal(code, 0);
    assert.match(stdout, /Nothing to do. 0 tags already in sync, 1 held back because of minAge\./);
    assert.equal(target.log.filter(isWrite).length, 0);
    const events = (await run("apply", "--yes", "--format", "json")).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.equal(events[0].counts.held, 1);
    assert.equal(events.at(-1).results[0].change.held.by, "image");
  });

  it("does not hold back images that are old enough", async () => {
    const { run, source, mapping, tags } = await world();
    source.putImage("app", "1.0.0", OLD);
    await mapping("tags: [stable, 1.0.0]");
    const { code, stdout, stderr } = await run("apply", "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /apply: 1 applied, 1 held back,/);
    assert.deepEqual(tags(), ["1.0.0", "stable"]);
  });

  it("uses the upload time if the registry's tag list has it", async () => {
    const uploads = new Map<string, number>([
      [OLD.digest, Date.now()],
      [YOUNG.digest, Date.now() - 96 * 3_600_000],
    ]);
    const { run, source, mapping } = await world({
      tagDigests: true,
      uploadedMs: (digest) => uploads.get(digest) ?? 0,
    });
    source.putImage("app", "1.0.0", OLD);
    await mapping("tags: [{ glob: '*' }]");
    const { stdout } = await run("plan");
    assert.match(stdout, /held +1\.0\.0 .*too young: uploaded \S+ \S+ UTC by the registry's time, due/);
    assert.match(stdout, /update +stable/);
  });

  it("gets the upload time from Artifact Registry with one list and no manifest request", async () => {
    const uploaded = Date.now() - 3_600_000;
    const registry = await start({ tagDigests: true, uploadedMs: () => uploaded });
    for (const tag of ["a", "b"]) registry.putImage(`${AR_PATH}/up`, tag, OLD);
    const { run, folder } = await openArtifactRegistryWorld(registry.host, { onEnd });
    await folder.write(
      "images.yaml",
      `version: 1\nimages:\n  - { source: ${AR_HOST}/${AR_PATH}/up, target: ${AR_HOST}/${AR_PATH}/app, minAge: 2h, referrers: false, tags: [a, b] }\n`,
    );
    const { stdout, stderr } = await run(["plan"]);
    assert.match(stdout, /held +a .*too young: uploaded .* by the registry's time/, stderr);
    assert.match(stdout, /plan: 2 held back/);
    assert.equal(registry.log.filter(({ path }) => path.endsWith("/up/tags/list")).length, 1);
    assert.equal(registry.log.filter(({ method, path }) => method === "GET" && path.includes("/manifests/")).length, 0);
  });

  it("still holds a change back when a saved plan was edited to apply it", async () => {
    const { run, folder, target } = await world();
    await run("plan", "--out", "plan.json");
    assert.equal((await run("apply", "plan.json", "--yes")).code, 0);
    const plan = JSON.parse(await readFile(join(folder, "plan.json"), "utf8"));
    delete plan.changes[0].held;
    plan.changes[0].action = "update";
    await writeFile(join(folder, "plan.json"), JSON.stringify({ ...plan, checksum: planChecksum(plan) }));
    const { code, stdout } = await run("apply", "plan.json", "--yes");
    assert.equal(code, 0);
    assert.match(stdout, /1 held back because of minAge/);
    assert.equal(target.store.tags("app").get("stable"), OLD.digest);
  });

  it("is an error when the image's age is unknown", async () => {
    const { run, source } = await world();
    source.putImage("app", "stable", smallImage(3, { created: "1970-01-01T00:00:00Z" }));
    const { code, stdout } = await run("plan");
    assert.equal(code, 1);
    assert.match(stdout, /error +stable .*the image's age is unknown, but minAge needs it.*\[DATE_UNKNOWN\]/);
    assert.match(stdout, /hint: leave it out with exclude, or give its entry minAge: 0h/);
  });

  it("is shown by explain as a selection step before latest", async () => {
    const { run, source, mapping } = await world();
    for (const tag of ["1.0.0", "1.1.0", "1.2.0"]) source.putImage("app", tag, tag === "1.2.0" ? YOUNG : OLD);
    await mapping("tags: [{ semver: '*', latest: 1 }]");
    const tooYoung = await run("explain", `${source.host}/app:1.2.0`);
    assert.equal(tooYoung.code, 0, tooYoung.stdout + tooYoung.stderr);
    assert.match(tooYoung.stdout, /latest 1: held back, it is younger than minAge/);
    assert.match(tooYoung.stdout, /plan {4}held, from .*too young: made/);
    assert.match((await run("explain", `${source.host}/app:1.1.0`)).stdout, /latest 1: selected/);
    assert.match(
      (await run("explain", `${source.host}/app:1.0.0`)).stdout,
      /it is number 2 from the newest and only 1 are kept/,
    );
  });

  it("holds back locked images in the plan, but not while the lock is written", async () => {
    const { run } = await world();
    assert.equal((await run("lock")).code, 0);
    const { code, stdout } = await run("plan", "--locked");
    assert.equal(code, 0);
    assert.match(stdout, /held +stable .*note: locked as stable/);
  });
});
