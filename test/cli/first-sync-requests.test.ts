import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();
const TAGS = ["v0", "v1", "v2", "v3", "v4"];

type Run = { readonly source: EmbeddedRegistry; readonly target: EmbeddedRegistry };

/** Copies five tags, and checks that all arrive. */
async function copyFive(
  options: RegistryOptions = {},
  prepare: (run: Run) => void = () => undefined,
  rules = "",
): Promise<Run> {
  const run = { source: await start(), target: await start(options) };
  const { source, target } = run;
  TAGS.forEach((tag, at) => source.putImage("app", tag, smallImage(at)));
  prepare(run);
  const folder = await makeFolder({
    "images.yaml": [
      "version: 1",
      `registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }`,
      rules,
      "images:",
      `  - { source: ${source.host}/app, target: ${target.host}/copy, tags: [${TAGS.join(", ")}] }`,
      "",
    ].join("\n"),
  });
  onEnd(folder.remove);
  const applied = await runCli(["apply", "--yes"], { cwd: folder.path });
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  TAGS.forEach((tag, at) => assert.equal(target.store.tags("copy").get(tag), smallImage(at).digest));
  return run;
}

function looks({ target }: Run): number {
  return target.countRequests({ kind: "manifest", method: "HEAD" });
}

function lists({ target }: Run): number {
  return target.countRequests({ kind: "tags" });
}

describe("the requests of a first sync", () => {
  it("are one look and one list for an empty target repository, and one GET for each source tag", async () => {
    const run = await copyFive();
    assert.equal(looks(run), 1);
    assert.equal(lists(run), 1);
    assert.equal(run.source.countRequests({ kind: "manifest", method: "HEAD" }), 0);
    assert.equal(run.source.countRequests({ kind: "manifest", method: "GET" }), TAGS.length);
  });

  it("include a look at each tag if the target repository has any tag", async () => {
    const run = await copyFive({}, ({ target }) => target.putImage("copy", "other", smallImage(9)));
    assert.equal(looks(run), TAGS.length);
    assert.equal(run.source.countRequests({ kind: "manifest", method: "HEAD" }), TAGS.length);
  });

  it("include no list if the first tag is there", async () => {
    const run = await copyFive({}, ({ target }) => target.putImage("copy", "v0", smallImage(0)));
    assert.equal(looks(run), TAGS.length);
    assert.equal(lists(run), 0);
  });

  it("include a look at each tag if the list's 404 does not come from the registry", async () => {
    const run = await copyFive({
      onRequest: ({ kind }) => (kind === "tags" ? { kind: "answer", status: 404, body: "not found" } : undefined),
    });
    assert.equal(looks(run), TAGS.length);
  });

  it("include a look at each tag if the list fails", async () => {
    const run = await copyFive({
      onRequest: ({ kind }) => (kind === "tags" ? { kind: "answer", status: 403 } : undefined),
    });
    assert.equal(looks(run), TAGS.length);
  });

  it("include a look by HEAD and by GET right before each tag under an immutable rule is written", async () => {
    const run = await copyFive({}, undefined, 'immutable: [{ repositories: "**" }]');
    const before = (method: string, tag: string): number => {
      const log = run.target.log.filter(({ kind, reference }) => kind === "manifest" && reference === tag);
      const put = log.findIndex((entry) => entry.method === "PUT");
      return log.slice(0, put).filter((entry) => entry.method === method).length;
    };
    for (const tag of TAGS) {
      assert.ok(before("HEAD", tag) >= 1, `HEAD ${tag}`);
      assert.ok(before("GET", tag) >= 1, `GET ${tag}`);
    }
  });
});
