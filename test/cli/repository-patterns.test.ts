import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

type World = {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  /** Replaces the answer to `_catalog`. */
  readonly answerWith: (answer: Answer) => void;
  /** Replaces the entry. */
  readonly declare: (entry: string) => Promise<void>;
};

type Answer = { readonly status: number; readonly body: string };

const ENTRY = "source: SOURCE/team/**, target: TARGET/mirror, tags: [{ glob: '*' }], prune: true";

/** A registry that lists these repositories, each with one tag. */
async function world(names: readonly string[], entry = ENTRY): Promise<World> {
  let answer: Answer = { status: 200, body: JSON.stringify({ repositories: names }) };
  const source = await start({
    onRequest: ({ path }) => (path === "/v2/_catalog" ? { kind: "answer", ...answer } : undefined),
  });
  const target = await start();
  for (const [at, name] of names.entries()) source.putImage(name, "v1", smallImage(at));
  const folder = await makeFolder();
  onEnd(folder.remove);
  const declare = async (written: string): Promise<void> => {
    const hosts = [source, target].map(({ host }) => `"${host}": { plainHttp: true }`).join(", ");
    const text = written.replaceAll("SOURCE", source.host).replaceAll("TARGET", target.host);
    await folder.write("images.yaml", `version: 1\nregistries: { ${hosts} }\nimages:\n  - { ${text} }\n`);
  };
  await declare(entry);
  return {
    source,
    target,
    declare,
    run: (...args) => runCli(args, { cwd: folder.path }),
    answerWith: (other) => (answer = other),
  };
}

describe("a pattern over repositories", () => {
  it("keeps the whole path if its target is a registry, and needs a path for the folder itself", async () => {
    const all = "source: SOURCE/**, target: TARGET, tags: [{ glob: '*' }]";
    const { target, run, declare } = await world(["team/a", "team"], all);
    const applied = await run("apply", "--yes");
    assert.equal(applied.code, 0, applied.stderr);
    for (const name of ["team/a", "team"]) assert.ok(target.store.tags(name).has("v1"), name);
    await declare("source: SOURCE/team/**, target: TARGET, tags: [{ glob: '*' }]");
    const refused = await run("plan");
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /which is a registry and not a repository/);
  });

  it("does not prune where an image without a tag is kept", async () => {
    const { run, source, declare } = await world(["team/a"]);
    const digest = `sha256:${"0".repeat(64)}`;
    const kept = (target: string): Promise<void> =>
      declare(`${ENTRY} }\n  - { source: ${source.host}/x, target: TARGET/${target}, tags: ["${digest}"]`);
    await kept("mirror/x");
    assert.match((await run("validate")).stderr, /an entry with `prune` deletes tags in/);
    await kept("mirrors/x");
    assert.equal((await run("validate")).code, 0);
  });

  it("copies every repository that it selects, with its path below the fixed part", async () => {
    const { source, target, run } = await world(["team/a", "team/b/c", "team", "other/d", "teams/e"]);
    assert.match((await run("validate")).stdout, /^valid: 1 entry/);
    const planned = await run("plan");
    assert.equal(planned.code, 0, planned.stderr);
    assert.ok(
      planned.stdout.includes(`${source.host}/team/**: 3 repositories: team, team/a, team/b/c`),
      planned.stdout,
    );
    assert.match(planned.stdout, /plan: 3 to create/);
    assert.ok((await run("plan", "--format", "markdown")).stdout.includes("- `team/b/c`"));
    assert.deepEqual(JSON.parse((await run("plan", "--format", "json")).stdout).catalogs[0].repositories, [
      `${source.host}/team`,
      `${source.host}/team/a`,
      `${source.host}/team/b/c`,
    ]);
    assert.equal((await run("apply", "--yes")).code, 0);
    for (const name of ["mirror", "mirror/a", "mirror/b/c"]) assert.equal(target.store.tags(name).size, 1, name);
    assert.equal(target.store.has("mirror/d"), false);
    const again = await run("plan", "--detailed-exitcode");
    assert.equal(again.code, 0, again.stdout);
  });

  it("reads the whole registry, and selects parts of paths", async () => {
    const whole = await world(["a", "b/c"], "source: SOURCE/**, target: TARGET/all, tags: [v1]");
    assert.equal((await whole.run("apply", "--yes")).code, 0);
    assert.ok(whole.target.store.tags("all/a").has("v1") && whole.target.store.tags("all/b/c").has("v1"));
    const part = await world(["x/api", "x/web", "x/y/api"], "source: SOURCE/x/*, target: TARGET/p, tags: [v1]");
    assert.equal((await part.run("apply", "--yes")).code, 0);
    assert.deepEqual([part.target.store.has("p/api"), part.target.store.has("p/y/api")], [true, false]);
  });

  for (const [name, answer, code] of [
    ["is not found", { status: 404, body: "" }, "UNSUPPORTED"],
    ["is denied", { status: 403, body: JSON.stringify({ errors: [{ code: "DENIED", message: "no" }] }) }, "DENIED"],
    ["is not a list", { status: 200, body: "<html>" }, "REGISTRY_PROTOCOL"],
    ["has errors", { status: 200, body: '{"repositories":["team/a"],"errors":[{}]}' }, "REGISTRY_PROTOCOL"],
    ["has a name that is not one", { status: 200, body: '{"repositories":["team/../a"]}' }, "REGISTRY_PROTOCOL"],
    ["has nothing that it selects", { status: 200, body: '{"repositories":["x/y"]}' }, "SELECTED_NOTHING"],
  ] as const)
    it(`is an error when the list of repositories ${name}, and then nothing is deleted`, async () => {
      const { source, target, run, answerWith } = await world(["team/a"]);
      assert.equal((await run("apply", "--yes")).code, 0);
      source.putImage("team/a", "v2", smallImage(7));
      source.store.deleteTag("team/a", "v1");
      answerWith(answer);
      target.clearLog();
      const { code: exit, stdout, stderr } = await run("apply", "--yes");
      assert.equal(exit, 1, stdout + stderr);
      assert.match(stdout + stderr, new RegExp(`\\[${code}\\]|${code}`));
      assert.equal(target.log.filter(isWrite).length, 0);
    });

  it("deletes tags with prune only in repositories that are listed", async () => {
    const { source, target, run, answerWith } = await world(["team/a", "team/b"]);
    assert.equal((await run("apply", "--yes")).code, 0);
    for (const name of ["team/a", "team/b"]) {
      source.putImage(name, "v2", smallImage(7));
      source.store.deleteTag(name, "v1");
    }
    answerWith({ status: 200, body: '{"repositories":["team/a"]}' });
    const { code, stdout, stderr } = await run("apply", "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual([...target.store.tags("mirror/a").keys()], ["v2"]);
    assert.deepEqual([...target.store.tags("mirror/b").keys()], ["v1"]);
  });

  it("keeps tags that another entry could delete while its own repositories are unknown", async () => {
    const { source, target, run, answerWith, declare } = await world(["team/a"]);
    source.putImage("up/a", "v2", smallImage(8));
    target.putImage("mirror/a", "v9", smallImage(9));
    const other = "source: SOURCE/up/a, target: TARGET/mirror/a, tags: [{ glob: 'v*' }], prune: true";
    await declare(
      `source: SOURCE/team/**, target: TARGET/mirror, tags: [{ glob: 'x*' }], optional: true }\n  - { ${other}`,
    );
    answerWith({ status: 404, body: "" });
    const { code, stdout } = await run("plan");
    assert.equal(code, 1);
    assert.doesNotMatch(stdout, /delete/);
    answerWith({ status: 200, body: '{"repositories":["team/a"]}' });
    assert.match((await run("plan")).stdout, /delete\s+v9/);
  });

  it("applies a saved plan, and refuses it while the repositories are unknown", async () => {
    const { target, run, answerWith } = await world(["team/a"]);
    assert.equal((await run("plan", "--out", "plan.json")).code, 0);
    answerWith({ status: 503, body: "" });
    const refused = await run("apply", "plan.json", "--yes");
    assert.equal(refused.code, 1);
    assert.equal(target.log.filter(isWrite).length, 0);
    answerWith({ status: 200, body: '{"repositories":["team/a"]}' });
    const { code, stderr } = await run("apply", "plan.json", "--yes");
    assert.equal(code, 0, stderr);
    assert.ok(target.store.tags("mirror/a").has("v1"));
  });

  it("selects at most 1,000 repositories, and never cuts the list off", async () => {
    const { source, run, answerWith } = await world(["team/a"]);
    const names = Array.from({ length: 1001 }, (_, at) => `team/r${at}`);
    answerWith({ status: 200, body: JSON.stringify({ repositories: names.slice(0, 999) }) });
    source.clearLog();
    answerWith({ status: 200, body: JSON.stringify({ repositories: names }) });
    const { code, stdout, stderr } = await run("plan");
    assert.equal(code, 1);
    assert.match(stdout + stderr, /selects 1001 repositories, and at most 1000 are allowed/);
    assert.equal(
      source.countRequests(({ path }) => path.includes("tags/list")),
      0,
    );
  });

  it("refuses a target that it would select itself", async () => {
    const { source, target, run, declare } = await world(["team/a"]);
    await declare("source: SOURCE/**, target: SOURCE/mirror, tags: [v1]");
    const { code, stdout, stderr } = await run("apply", "--yes");
    assert.equal(code, 1);
    assert.match(stdout + stderr, /would itself be selected by the pattern/);
    assert.equal([...source.log, ...target.log].filter(isWrite).length, 0);
  });

  it("is checked without a network", async () => {
    const { source, run, declare } = await world(["team/a"]);
    for (const [entry, message] of [
      ["source: SOURCE/team/**, target: TARGET/x", /a pattern over repositories needs `tags`/],
      ["source: SOURCE/te**, target: TARGET/x, tags: [v1]", /\*\* must be a whole path segment/],
      ["source: 'reg*.example.com/a', target: TARGET/x, tags: [v1]", /a host cannot have wildcards/],
      ["source: SOURCE/team/**, target: 'oci:x', tags: [v1]", /an OCI layout is one repository/],
      ["source: 'SOURCE/team/*:v1', target: TARGET/x, tags: [v1]", /has ":", which no path/],
      ["source: SOURCE/team/**, target: TARGET/x:v1, tags: [v1]", /cannot be combined with `tags`/],
    ] as const) {
      await declare(entry);
      const { code, stderr } = await run("validate");
      assert.equal(code, 1, entry);
      assert.match(stderr, message);
    }
    assert.equal(source.log.length, 0);
  });

  it("is not locked, and says so", async () => {
    const { run } = await world(["team/a"]);
    const { code, stderr } = await run("lock");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /1 pattern over repositories are not locked|are not locked/);
    assert.equal((await run("plan")).code, 0);
  });

  it("is explained for the tags of a repository that it selects", async () => {
    const { source, run } = await world(["team/a"]);
    const { code, stdout, stderr } = await run("explain", `${source.host}/team/a:v1`, "--file", "images.yaml");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /mirror\/a:v1/);
  });
});
