import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

type World = {
  readonly source: string;
  readonly target: string;
  readonly explain: (...args: readonly string[]) => Promise<CliResult>;
};

async function world(): Promise<World> {
  const source = await start();
  const target = await start();
  const folder = await makeFolder();
  onEnd(folder.remove);
  for (const [at, tag] of ["1.25.0", "1.26.0", "1.27.0", "1.28.0-rc1", "1.29", "nightly"].entries())
    source.putImage("app", tag, smallImage(at + 1));
  target.putImage("mirror/app", "1.27.0", smallImage(90));
  await folder.write(
    "images.yaml",
    `version: 1
registries:
  ${source.host}: { plainHttp: true }
  ${target.host}: { plainHttp: true }
immutable:
  - { repositories: "${target.host}/mirror/**", tags: "1.*" }
images:
  - source: ${source.host}/app
    target: ${target.host}/mirror/app
    tags:
      - { semver: ">=1.25", latest: 2 }
      - { glob: "n*", exclude: "night*", }
      - { from: 1.25.0, to: old }
    optional: true
`,
  );
  const explain = (...args: readonly string[]): Promise<CliResult> =>
    runCli(["explain", ...args], { cwd: folder.path });
  return { source: source.host, target: target.host, explain };
}

describe("imgsync explain", () => {
  it("shows for a source tag the mapping that selects it, the rule that applies and the planned change", async () => {
    const { source, target, explain } = await world();
    const { code, stdout } = await explain(`${source}/app:1.27.0`);
    assert.equal(code, 0);
    assert.match(stdout, /images\.yaml:11:9 {2}semver ">=1\.25", latest 2: selected/);
    assert.match(stdout, /immutable by the rule at images\.yaml:6:5 \(pattern 1\.\*\)/);
    assert.match(stdout, /plan {4}blocked by the immutable rule/);
    assert.ok(stdout.includes(`${target}/mirror/app:1.27.0`));
    assert.match(stdout, /source credentials/);
    assert.match(stdout, /target credentials/);
  });

  it("shows for each dropped tag which step dropped it", async () => {
    const { source, target, explain } = await world();
    const text = async (reference: string): Promise<string> => (await explain(reference)).stdout;
    assert.match(await text(`${source}/app:1.25.0`), /number 3 from the newest and only 2 are kept/);
    assert.match(await text(`${source}/app:1.28.0-rc1`), /it is a pre-release/);
    assert.match(await text(`${source}/app:1.29`), /needs loose: true/);
    assert.match(await text(`${target}/mirror/app:nightly`), /excluded by "night\*"/);
    assert.match(await text(`${target}/mirror/app:1.99.0`), /the source has no such tag/);
  });

  it("explains a renamed tag from its source and from its target", async () => {
    const { source, target, explain } = await world();
    assert.ok((await explain(`${source}/app:1.25.0`)).stdout.includes(`${target}/mirror/app:old`));
    const { stdout } = await explain(`${target}/mirror/app:old`);
    assert.match(stdout, /1\.25\.0 as old: names this tag/);
    assert.match(stdout, /plan {4}create/);
    assert.match(stdout, /rule {4}none/);
  });

  it("names the closest entry when none has the repository", async () => {
    const { source, explain } = await world();
    const { code, stdout } = await explain(`${source}/ap:1.0`);
    assert.equal(code, 0);
    assert.ok(stdout.includes(`the nearest is ${source}/app at images.yaml:8:5`), stdout);
  });

  it("prints one JSON document", async () => {
    const { source, target, explain } = await world();
    const document = JSON.parse((await explain(`${source}/app:1.25.0`, "--format", "json")).stdout);
    assert.deepEqual(document.mappings[0].outcome, { kind: "beyond-latest", rank: 3, latest: 2 });
    const made = document.targets.map((one: { target: string; change: { action: string } | null }) => [
      one.target,
      one.change?.action,
    ]);
    assert.deepEqual(made, [
      [`${target}/mirror/app:1.25.0`, undefined],
      [`${target}/mirror/app:old`, "create"],
    ]);
  });

  it("shows that maxAge leaves out an image, and that an OCI layout needs no credentials", async () => {
    const source = await start();
    source.putImage("app", "1.0.0", smallImage(1, { created: "2020-01-01T00:00:00Z" }));
    const folder = await makeFolder({
      "images.yaml": `version: 1
registries: { "${source.host}": { plainHttp: true } }
images: [{ source: "${source.host}/app", target: "oci:mirror", maxAge: 30d, tags: [{ semver: "*" }] }]
`,
    });
    onEnd(folder.remove);
    const explain = (...args: readonly string[]): Promise<CliResult> =>
      runCli(["explain", `${source.host}/app:1.0.0`, ...args], { cwd: folder.path });
    const { code, stdout, stderr } = await explain();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /semver "\*": held back, it is older than maxAge, to oci:mirror/);
    assert.match(stdout, /plan {4}held, .*older than maxAge: made 2020-01-01/);
    assert.match(stdout, /target credentials\noci:mirror\nused: none: an OCI layout needs no credentials/);
    const document = JSON.parse((await explain("--format", "json")).stdout);
    assert.deepEqual(document.mappings[0].outcome, { kind: "too-old" });
  });

  it("exits 1 for a reference without a tag", async () => {
    const { source, explain } = await world();
    const { code, stderr } = await explain(`${source}/app`);
    assert.equal(code, 1);
    assert.match(stderr, /is not a tag/);
  });
});
