import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { smallImage } from "../support/images.ts";
import { requirePrograms, runProgramOk } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";

const { registry, onEnd } = createScope();

/** Ranges are compared with answers of their library: older versions of skopeo ignore images-by-semver. */
const TAGS = (
  "latest 1 v1 1.2 1.2.3 v1.2.3 1.2.3-rc.1 1.2.4 1.3.0-alpha 2.0.0 2.0.0-rc1 2.1 3 1.2.3.4 22.04 1.25.3 1.25.3-alpine " +
  "x1.25.3y v16.2.5-20210708 0.0.1 0.1.0"
).split(" ");

describe("imgsync import", () => {
  it("selects the tags that skopeo sync itself selects", async (t) => {
    if (!requirePrograms(t, "skopeo")) return;
    const source = await registry();
    const folder = await makeFolder();
    onEnd(folder.remove);
    for (const name of ["all", "named", "regex", "part"]) {
      for (const tag of TAGS) source.putImage(`team/${name}`, tag, smallImage(1));
    }
    await folder.write(
      "skopeo.yaml",
      `${source.host}:
  tls-verify: false
  images: { team/all: [], team/named: [v1, "1.2"] }
  images-by-tag-regex: { team/regex: '^1\\.25\\.\\d+$', team/part: '1.25|^v' }
`,
    );
    const dryRun = [
      "--insecure-policy",
      "sync",
      "--dry-run",
      "--src",
      "yaml",
      "--dest",
      "docker",
      `${folder.path}/skopeo.yaml`,
      "reg.example.com/m",
    ];
    const { stderr } = await runProgramOk("skopeo", dryRun);
    const copied = Array.from(
      stderr.matchAll(/Would have copied image[^\n]*? from="docker:\/\/([^"]+)" to="docker:\/\/([^"]+)"/g),
      ([, from, to]) => `${from} ${to}`,
    );
    assert.ok(copied.length > 25, stderr);

    const flags = ["skopeo.yaml", "--target", "reg.example.com/m"];
    const imported = await runCli(["import", ...flags], { cwd: folder.path });
    assert.equal(imported.code, 0, imported.stderr);
    await folder.write(
      "images.yaml",
      `registries: { ${JSON.stringify(source.host)}: { plainHttp: true } }\n${imported.stdout}`,
    );
    const check = await runCli(["import", "--check", "skopeo.yaml", "images.yaml", "--target", "reg.example.com/m"], {
      cwd: folder.path,
    });
    assert.equal(check.code, 0, check.stdout);
    assert.match(check.stdout, new RegExp(`^tags: ${copied.length} the same, `));
    // the manifest without any tag: each copy is a difference
    await folder.write(
      "images.yaml",
      `version: 1\nregistries: { ${JSON.stringify(source.host)}: { plainHttp: true } }\nimages: []\n`,
    );
    const all = await runCli(["import", "--check", "skopeo.yaml", "images.yaml", "--target", "reg.example.com/m"], {
      cwd: folder.path,
    });
    const missing = Array.from(
      all.stdout.matchAll(/missing {2}(\S+) {2}from (\S+)/g),
      ([, to, from]) => `${from} ${to}`,
    );
    assert.deepEqual(missing.toSorted(), copied.toSorted());
  });
});
