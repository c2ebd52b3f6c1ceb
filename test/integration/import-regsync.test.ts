import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { MIRROR, publishMirror } from "../../demo/mirror.ts";
import { makeFolder, runCli } from "../support/cli.ts";
import { smallImage } from "../support/images.ts";
import { findProgram, requirePrograms, runProgramOk } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";

const { registry, onEnd } = createScope();

const TAGS = "latest v1 v2 v10 1.2 1.2.3 1-2 1.20 1-20 1.2.3-rc1 2.0.0 2.1 stable v1-rc x1.2 1.2.3.4 3.0.0-alpha".split(
  " ",
);

/** Each becomes an item with a target of its own. */
const SETS = [
  { allow: ["v1|v2"] },
  { allow: ["1.20", "latest", ""] },
  { deny: [".*-rc.*", "x.*"] },
  { semverRange: [">=1.2 <2", "^3"] },
  { semverRange: ["=1.2"], deny: [String.raw`1\.2`] },
  { allow: ["[0-9.]+"], deny: ["1.*|2"] },
  { allow: [String.raw`(?i)V\d+`] },
  {},
];

describe("imgsync import", () => {
  it("selects the tags that regsync itself copies, so that nothing is left to do after it", async (t) => {
    if (!requirePrograms(t, "regsync")) return;
    const [source, target, folder] = await Promise.all([registry(), registry(), makeFolder()]);
    onEnd(folder.remove);
    for (const tag of TAGS) source.putImage("team/app", tag, smallImage(tag.length));
    const items = SETS.map((tags, at) => ({
      source: `${source.host}/team/app`,
      target: `${target.host}/m/a${at}`,
      type: "repository",
      tags,
    }));
    const image = { source: `${source.host}/team/app:v1`, target: `${target.host}/m/image`, type: "image" };
    const creds = [source, target].map(({ host }) => ({ registry: host, tls: "disabled" }));
    await folder.write("regsync.json", JSON.stringify({ version: 1, creds, sync: [...items, image] }, undefined, 1));
    await runProgramOk(findProgram("regsync") ?? "regsync", ["once", "-c", `${folder.path}/regsync.json`]);
    const copied = [...SETS.map((_, at) => `m/a${at}`), "m/image"].flatMap((repository) =>
      [...target.store.tags(repository).keys()].map((tag) => `${target.host}/${repository}:${tag}`),
    );

    const run = (...args: readonly string[]) => runCli(args, { cwd: folder.path });
    // a manifest without images: each copy of regsync's own rules is a difference
    await folder.write("none.yaml", `version: 1\nregistries: { "${source.host}": { plainHttp: true } }\nimages: []\n`);
    const all = await run("import", "--check", "regsync.json", "none.yaml");
    const selected = Array.from(all.stdout.matchAll(/^ {2}missing {2}(\S+)/gm), ([, to = ""]) => to);
    assert.deepEqual(selected.toSorted(), copied.toSorted());

    assert.equal((await run("import", "regsync.json", "--output", "images.yaml")).code, 0);
    const check = await run("import", "--check", "regsync.json", "images.yaml");
    // a dot that matches any character, and a version of four numbers: docs/migrating.md lists both
    assert.deepEqual(
      Array.from(check.stdout.matchAll(/^ {2}(\w+) +[^/]+\/(\S+)/gm), ([, what, to]) => `${what} ${to}`),
      ["missing m/a1:1-20", "missing m/a3:1.2.3.4"],
    );
    const plan = await run("plan", "--detailed-exitcode");
    assert.deepEqual([plan.code, plan.stdout], [0, `No changes. ${copied.length - 2} tags already in sync.\n`]);
  });

  it("leaves nothing to do after regsync ran with the example of the documentation, except for platforms", async (t) => {
    if (!requirePrograms(t, "regsync")) return;
    const [source, target, folder] = await Promise.all([registry(), registry(), makeFolder()]);
    onEnd(folder.remove);
    const file = await readFile(MIRROR, "utf8");
    publishMirror(source, file);
    const local = file.replaceAll("127.0.0.1:5001", source.host).replaceAll("127.0.0.1:5002", target.host);
    // the registries of a test have no passwords
    await folder.write("regsync.yml", local.replaceAll(/^ +(?:user|pass|reqPerSec): .*\n/gm, ""));
    await runProgramOk(findProgram("regsync") ?? "regsync", ["once", "-c", `${folder.path}/regsync.yml`]);

    const run = (...args: readonly string[]) => runCli(args, { cwd: folder.path });
    assert.equal((await run("import", "regsync.yml", "--output", "images.yaml")).code, 0);
    const plan = await run("plan");
    assert.equal(plan.code, 0, plan.stderr);
    // regsync drops the index of a platform; imgsync writes a smaller one
    assert.match(plan.stdout, /update {3}alpine-v18\.5\.0/);
    assert.match(plan.stdout, /^plan: 1 to update, 53 unchanged/m);
  });
});
