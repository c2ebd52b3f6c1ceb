import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";
import { contentOf, fill, manifestOf, REPOSITORIES, TAGS_EACH, uploadsTo } from "./support/sharded.ts";

const { registry: start, onEnd } = createScope();

type Run = (args: readonly string[], environment?: Readonly<Record<string, string>>) => Promise<CliResult>;

type Merged = {
  readonly outcomes: { readonly applied: number };
  readonly results: readonly {
    readonly change: { readonly target: string };
    readonly result: { readonly digest: string };
  }[];
  readonly shards: unknown;
};

async function folderWith(manifest: string): Promise<{ run: Run; folder: Awaited<ReturnType<typeof makeFolder>> }> {
  const folder = await makeFolder({ "images.yaml": manifest });
  onEnd(folder.remove);
  return { folder, run: (args, environment = {}) => runCli(args, { cwd: folder.path, environment }) };
}

/** One tag in each of the repositories a, b and c. */
async function threeRepositories(more = ""): Promise<{
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  readonly run: Run;
  readonly folder: Awaited<ReturnType<typeof makeFolder>>;
}> {
  const [source, target] = [await start(), await start()];
  const entries = ["a", "b", "c"].map((name, seed) => {
    source.putImage(name, "v1", smallImage(seed));
    return `  - { source: "${source.host}/${name}", target: "${target.host}/${name}", tags: [{ glob: "v*" }] }`;
  });
  const manifest = `version: 1
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
${more.replaceAll("TARGET", target.host)}
images:
${entries.join("\n")}
`;
  return { source, target, ...(await folderWith(manifest)) };
}

describe("report merge", () => {
  it("takes the output of apply as well, and prints text and Markdown", async () => {
    const { source, run, folder } = await threeRepositories();
    assert.equal((await run(["plan", "--shards", "2", "--out", "plan.json"])).code, 0);
    source.store.deleteManifest("a", smallImage(0).digest);
    const codes: (number | null)[] = [];
    for (const number of [1, 2]) {
      const { code, stdout } = await run(["apply", "plan.json", "--shard", `${number}/2`, "--yes", "--format", "json"]);
      await folder.write(`${number}.jsonl`, stdout);
      codes.push(code);
    }
    assert.ok(codes.includes(0) || codes.includes(4), codes.join(" "));
    const text = await run(["report", "merge", "1.jsonl", "2.jsonl"]);
    assert.equal(text.code, 4);
    assert.match(text.stdout, /^failed .*\/a:v1 /m);
    assert.match(text.stdout, /^apply: 2 applied, 1 failed, /m);
    assert.match(text.stdout, /^2 of 2 shards reported$/m);
    const markdown = await run(["report", "merge", "1.jsonl", "2.jsonl", "--format", "markdown"]);
    assert.match(
      markdown.stdout,
      /^### imgsync apply\n\n\*\*2 applied, 1 failed, .*\*\*\n\n2 of 2 shards reported\.$/m,
    );
    assert.match(markdown.stdout, /^\| `.*\/a:v1` \| failed \| .*What to do: /m);
  });

  it("names the file that is not a report", async () => {
    const { run, folder } = await threeRepositories();
    assert.equal((await run(["plan", "--shards", "2", "--out", "plan.json"])).code, 0);
    const { stdout } = await run(["apply", "plan.json", "--shard", "1/2", "--yes", "--format", "json"]);
    await folder.write("cut.jsonl", stdout.slice(0, stdout.lastIndexOf('{"version"')));
    await folder.write("broken.jsonl", stdout.slice(0, -20));
    await folder.write("other.json", stdout.trimEnd().split("\n").at(-1)?.replace('"applied"', '"fine"') ?? "");
    for (const [name, message] of [
      ["plan.json", /"plan\.json" has no report: it is another document, or the run was cut off/],
      ["cut.jsonl", /"cut\.jsonl" has no report/],
      ["broken.jsonl", /"broken\.jsonl" is not JSON/],
      ["other.json", /"other\.json" is not a report: \//],
      ["gone.json", /the report "gone\.json" does not exist/],
    ] as const) {
      const { code, stderr } = await run(["report", "merge", name]);
      assert.equal(code, 1, name);
      assert.match(stderr, message);
      assert.match(stderr, /\[REPORT_INVALID\]/);
    }
  });
});

describe("a plan in shards", () => {
  it("applied in any order, equals an apply of the whole plan, digest by digest, and uploads each blob once", async () => {
    const [source, whole, parts] = [await start(), await start(), await start()];
    fill(source);
    const one = await folderWith(manifestOf(source, whole));
    const applied = await one.run(["apply", "--yes", "--quiet"]);
    assert.equal(applied.code, 0, applied.stderr);

    const { run, folder } = await folderWith(manifestOf(source, parts));
    const planned = await run(["plan", "--shards", "5", "--out", "plan.json"]);
    assert.equal(planned.code, 0, planned.stderr);
    const { shards }: { shards: readonly { changes: number; repositories: readonly string[] }[] } = JSON.parse(
      await folder.read("plan.json"),
    );
    assert.deepEqual(
      shards.map(({ changes, repositories }) => [changes, repositories.length]),
      Array.from({ length: 5 }, () => [60, 4]),
    );
    for (const number of [4, 1, 5, 2, 3]) {
      const report = ["--report", `report-${number}.json`];
      const { code, stderr } = await run(["apply", "plan.json", "--shard", `${number}/5`, "--yes", ...report]);
      assert.equal(code, 0, stderr);
      assert.match(
        stderr,
        new RegExp(`read plan\\.json: 300 tags, made from images\\.yaml; applying shard ${number}/5`),
      );
    }
    assert.equal(contentOf(parts).length, REPOSITORIES.length * TAGS_EACH);
    assert.deepEqual(contentOf(parts), contentOf(whole));
    const uploads = uploadsTo(parts);
    assert.equal(new Set(uploads).size, uploads.length, "a blob was uploaded twice");
    assert.deepEqual([...uploads].toSorted(), [...uploadsTo(whole)].toSorted());

    const reports = [1, 2, 3, 4, 5].map((number) => `report-${number}.json`);
    const merged = await run(["report", "merge", ...reports, "--format", "json"]);
    assert.equal(merged.code, 0, merged.stderr);
    const { outcomes, results, shards: reported } = JSON.parse(merged.stdout) as Merged;
    assert.equal(outcomes.applied, 300);
    assert.deepEqual(reported, { of: 5, missing: [], interrupted: [] });
    assert.deepEqual(
      results.map(({ change, result }) => `${change.target.slice(parts.host.length + 1)} ${result.digest}`).toSorted(),
      contentOf(whole),
    );
    const incomplete = await run(["report", "merge", ...reports.filter((name) => name !== "report-4.json")]);
    assert.equal(incomplete.code, 1);
    assert.match(incomplete.stdout, /^4 of 5 shards reported\nno report of shard 4: what was done there is unknown/m);
  });

  it("shows the work of each shard, and why some have none", async () => {
    const { run } = await threeRepositories();
    const text = await run(["plan", "--shards", "4"]);
    assert.match(text.stdout, /^4 shards, for imgsync apply PLAN --shard I\/4$/m);
    assert.match(text.stdout, /^ {2}1 {2}1 change in 1 repository, at most \d+ B to move$/m);
    assert.match(text.stdout, /^ {2}4 {2}nothing to do$/m);
    assert.match(text.stdout, /^1 of 4 shards has nothing to do: all changes of a repository are in one shard$/m);
    const markdown = await run(["plan", "--shards", "4", "--format", "markdown"]);
    assert.match(markdown.stdout, /<details><summary>4 shards<\/summary>/);
    assert.match(markdown.stdout, /^\| 4 \| nothing to do \|$/m);
    const json = await run(["plan", "--shards", "4", "--format", "json"]);
    assert.equal((JSON.parse(json.stdout) as { shards: readonly unknown[] }).shards.length, 4);
  });

  it("is applied by a Job's index and by GitLab's, which count differently", async () => {
    const { target, run } = await threeRepositories();
    assert.equal((await run(["plan", "--shards", "3", "--out", "plan.json"])).code, 0);
    const apply = (environment: Readonly<Record<string, string>>) =>
      run(["apply", "plan.json", "--shard", "auto", "--yes"], environment);
    const byJob = await apply({ JOB_COMPLETION_INDEX: "0" });
    assert.match(byJob.stderr, /applying shard 1\/3/, byJob.stderr);
    const byGitLab = await apply({ GITLAB_CI: "true", CI_NODE_INDEX: "3", CI_NODE_TOTAL: "3" });
    assert.match(byGitLab.stderr, /applying shard 3\/3/, byGitLab.stderr);
    assert.equal((await apply({ JOB_COMPLETION_INDEX: "1" })).code, 0);
    assert.equal(contentOf(target).length, 3);
  });

  const refused: readonly (readonly [string, readonly string[], Readonly<Record<string, string>>, RegExp])[] = [
    ["an index that counts from 0", ["--shard", "0/3"], {}, /there is no shard 0\/3: shards count from 1 to 3/],
    ["another number of shards", ["--shard", "1/4"], {}, /there is no shard 1\/4: the plan is divided into 3/],
    ["a Job with too many completions", ["--shard", "auto"], { JOB_COMPLETION_INDEX: "3" }, /set completions: 3/],
    [
      "more jobs of GitLab than shards",
      ["--shard", "auto"],
      { GITLAB_CI: "true", CI_NODE_INDEX: "2", CI_NODE_TOTAL: "4" },
      /CI_NODE_TOTAL is 4, and the plan is divided into 3[^]*set parallel: 3 in the job/,
    ],
    [
      "auto without a number",
      ["--shard", "auto"],
      {},
      /neither JOB_COMPLETION_INDEX nor GitLab's CI_NODE_INDEX is set/,
    ],
    [
      "a variable of GitLab's name on another system, which may count from 0",
      ["--shard", "auto"],
      { CI_NODE_INDEX: "1", CI_NODE_TOTAL: "3" },
      /neither JOB_COMPLETION_INDEX nor/,
    ],
    [
      "numbers of two runners",
      ["--shard", "auto"],
      { JOB_COMPLETION_INDEX: "1", GITLAB_CI: "true", CI_NODE_INDEX: "1", CI_NODE_TOTAL: "3" },
      /are both set/,
    ],
    ["--parallel alone", ["--parallel", "2"], {}, /--parallel needs --shard/],
    ["no shards at a time", ["--shard", "1/3", "--parallel", "0"], {}, /write a number of shards from 1 to 1000/],
  ];
  it("is refused before any request with a shard that may be the wrong one", async () => {
    const { target, source, run } = await threeRepositories();
    assert.equal((await run(["plan", "--shards", "3", "--out", "plan.json"])).code, 0);
    for (const registry of [source, target]) registry.clearLog();
    for (const [what, args, environment, message] of refused) {
      const { code, stderr } = await run(["apply", "plan.json", "--yes", ...args], environment);
      assert.equal(code, 1, what);
      assert.match(stderr, message, what);
    }
    const { code, stderr } = await run(["apply", "--yes", "--shard", "1/3"]);
    assert.equal(code, 1);
    assert.match(stderr, /--shard needs a saved plan/);
    assert.equal(target.log.length + source.log.length, 0);
  });

  it("deletes each pruned tag in exactly one shard", async () => {
    const [source, target] = [await start(), await start()];
    for (const name of ["a", "b"])
      for (const tag of ["v1", "v2", "v3"]) {
        if (tag !== "v3") source.putImage(name, tag, smallImage(1));
        target.putImage(name, tag, smallImage(Number(tag[1])));
      }
    source.putImage("a", "other", smallImage(5));
    source.putImage("b", "other", smallImage(5));
    const entries = ["a", "b"].map(
      (name) =>
        `  - { source: "${source.host}/${name}", target: "${target.host}/${name}", tags: [{ glob: "v*" }], prune: true }`,
    );
    const { run } = await folderWith(`version: 1
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
images:
${entries.join("\n")}
`);
    const planned = await run(["plan", "--shards", "2", "--out", "plan.json"]);
    assert.match(planned.stdout, /2 to delete/);
    for (const [number, left] of [
      [1, 5],
      [2, 4],
    ]) {
      const { code, stderr } = await run(["apply", "plan.json", "--shard", `${number}/2`, "--yes"]);
      assert.equal(code, 0, stderr);
      assert.equal(contentOf(target).length, left);
    }
  });

  it("writes nothing in any shard if a tag is blocked in another one", async () => {
    const { source, target, run } = await threeRepositories(`immutable: [{ repositories: "TARGET/b", tags: ["v1"] }]`);
    target.putImage("b", "v1", smallImage(9));
    source.putImage("b", "v1", smallImage(8));
    assert.equal((await run(["plan", "--shards", "3", "--out", "plan.json"])).code, 3);
    target.clearLog();
    const codes: (number | null)[] = [];
    for (const number of [1, 2, 3]) {
      const { code, stderr } = await run(["apply", "plan.json", "--shard", `${number}/3`, "--yes"]);
      codes.push(code);
      if (code === 1) assert.match(stderr, /1 tag is blocked in other shards, so nothing is written/);
    }
    assert.deepEqual(
      codes.toSorted((one, other) => Number(one) - Number(other)),
      [1, 1, 3],
    );
    assert.equal(target.log.filter(isWrite).length, 0);
    const skipping = [1, 2, 3].map((number) => [
      "apply",
      "plan.json",
      "--shard",
      `${number}/3`,
      "--yes",
      "--skip-blocked",
    ]);
    for (const args of skipping) await run(args);
    assert.deepEqual(
      contentOf(target).map((line) => line.split(" ")[0]),
      ["a:v1", "b:v1", "c:v1"],
    );
    assert.equal(target.store.tags("b").get("v1"), smallImage(9).digest);
  });
});
