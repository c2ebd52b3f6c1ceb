import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { smallImage, twoPlatformIndex } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

type World = {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  readonly tags: () => readonly string[];
};

const MARCH = smallImage(1, { created: "2026-03-01T12:00:00Z" });
const APRIL = smallImage(2, { created: "2026-04-02T23:30:00-05:00" });

async function world(to: string): Promise<World> {
  const source = await start();
  const target = await start();
  const folder = await makeFolder();
  onEnd(folder.remove);
  source.putImage("app", "stable", MARCH);
  await folder.write(
    "images.yaml",
    `version: 1\nregistries:\n  ${source.host}: { plainHttp: true }\n  ${target.host}: { plainHttp: true }\nimages:\n  - source: ${source.host}/app\n    target: ${target.host}/app\n    tags: [{ from: stable, to: ${to} }]\n`,
  );
  return {
    source,
    target,
    run: (...args) => runCli(args, { cwd: folder.path }),
    tags: () => [...target.store.tags("app").keys()].toSorted(),
  };
}

function digits({ digest }: { readonly digest: string }): string {
  return digest.slice("sha256:".length, "sha256:".length + 8);
}

describe("a tag template", () => {
  it("gives each image of a moving tag its own tag, and leaves the next run nothing to do", async () => {
    const { run, source, target, tags } = await world("[stable, '{tag}-{date}-{digest:8}']");
    const first = await run("apply", "--yes");
    assert.equal(first.code, 0, first.stdout + first.stderr);
    assert.deepEqual(tags(), ["stable", `stable-20260301-${digits(MARCH)}`]);
    source.putImage("app", "stable", APRIL);
    const text = await run("plan");
    assert.match(text.stdout, /^ *update +stable +from/m);
    assert.match(text.stdout, new RegExp(`^ *create +stable-20260403-${digits(APRIL)} +from \\S+/app:stable,`, "m"));
    assert.equal((await run("apply", "--yes")).code, 0);
    assert.deepEqual(tags(), ["stable", `stable-20260301-${digits(MARCH)}`, `stable-20260403-${digits(APRIL)}`]);
    const writes = target.log.filter(isWrite).length;
    assert.match((await run("apply", "--yes")).stdout, /Nothing to do/);
    assert.equal(target.log.filter(isWrite).length, writes);
  });

  it("is applied from a saved plan", async () => {
    const { run, tags } = await world("'{tag}-{date}'");
    assert.equal((await run("plan", "--out", "plan.json")).code, 0);
    const { code, stdout, stderr } = await run("apply", "plan.json", "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual(tags(), ["stable-20260301"]);
  });

  it("takes the date of an index from its first platform", async () => {
    const { run, source, tags } = await world("'{date}'");
    source.putImage("app", "stable", twoPlatformIndex(1, { attestations: true }));
    assert.equal((await run("apply", "--yes")).code, 0);
    assert.deepEqual(tags(), ["20240101"]);
  });

  it("fails with a hint when the image has no date", async () => {
    const { run, source } = await world("'{tag}-{date}'");
    source.putImage("app", "stable", smallImage(3, { created: "0001-01-01T00:00:00Z" }));
    const { code, stdout } = await run("plan");
    assert.equal(code, 1);
    assert.match(stdout, /images\.yaml:8:12 .*has no creation date, which \{date\} in "stable-\{date\}" needs/);
    assert.match(stdout, /hint: use \{digest:8\} alone/);
  });

  it("is explained from the source tag and from the tag that it produced", async () => {
    const { run, source, target } = await world("[stable, '{tag}-{digest:8}']");
    const twin = `stable-${digits(MARCH)}`;
    const bySource = await run("explain", `${source.host}/app:stable`);
    assert.match(bySource.stdout, new RegExp(`stable as stable, stable-\\{digest:8\\}: names this tag`));
    assert.match(bySource.stdout, new RegExp(`/app:${twin}\n +rule +none`));
    const byTarget = await run("explain", `${target.host}/app:${twin}`);
    assert.match(byTarget.stdout, /names this tag/);
    const old = await run("explain", `${target.host}/app:stable-00000000`);
    assert.match(old.stdout, /names other tags/);
  });
});
