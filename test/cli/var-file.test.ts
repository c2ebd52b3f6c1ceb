import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();

const MANIFEST =
  'version: 1\nimages:\n  - source: "docker.io/${A}/x:1"\n    target: "r.io/${A}:1"\n    target_of: "${A}"\n';
const FIT = "version: 1\nimages:\n  - source: docker.io/library/x:1\n    target: r.io/${A}:1\n";

type Options = { readonly files?: Readonly<Record<string, string>>; readonly environment?: Record<string, string> };

async function validate(args: readonly string[], { files = {}, environment = {} }: Options = {}): Promise<CliResult> {
  const folder = await makeFolder({ "images.yaml": FIT, ...files });
  onEnd(folder.remove);
  return runCli(["validate", ...args], { cwd: folder.path, environment });
}

/** An invalid name, which the error shows: so the value of the variable is seen without a registry. */
const valueOf = ({ stderr }: CliResult): string | undefined => /"(!\w+)" is not a path part/.exec(stderr)?.[1];

describe("--var-file", () => {
  it("sets variables of the manifest", async () => {
    const result = await validate(["--var-file", "vars.yaml"], { files: { "vars.yaml": "A: team/x\n" } });
    assert.equal(result.stderr, "");
    assert.equal(result.stdout, "valid: 1 entry, 0 immutable rules\n");
  });

  it("takes precedence over the environment, and the later of two flags over the earlier", async () => {
    const files = { "one.env": "A=!one\n", "two.json": '{ "A": "!two" }' };
    const environment = { IMGSYNC_VAR_A: "!environment" };
    const run = async (...args: readonly string[]): Promise<string | undefined> =>
      valueOf(await validate(args, { files, environment }));
    assert.equal(await run(), "!environment");
    assert.equal(await run("--var-file", "one.env"), "!one");
    assert.equal(await run("--var-file", "one.env", "--var-file", "two.json"), "!two");
    assert.equal(await run("--var-file=one.env", "--var=A=!flag"), "!flag");
    assert.equal(await run("--var=A=!flag", "--var-file=one.env"), "!one");
  });

  it("reports the problems of all files without a line of them, and not their consequences", async () => {
    const files = { "one.yaml": "A: [hunter2]\n", "two.env": "hunter2\n", "images.yaml": MANIFEST };
    const { code, stderr, stdout } = await validate(["--var-file", "one.yaml", "--var-file", "two.env"], { files });
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /one\.yaml:1:1: error: the variable "A" is a list, and must be text/);
    assert.match(stderr, /two\.env:1:1: error: this line is not a variable/);
    assert.match(stderr, /^2 errors \[MANIFEST_INVALID\]$/m);
    assert.doesNotMatch(stderr, /hunter2|not set|images\.yaml/);
  });

  it("fails for a file that does not exist, is a folder or is larger than 1 MiB", async () => {
    const missing = await validate(["--var-file", "vars.yaml"]);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /the file of variables "vars\.yaml" does not exist \[MANIFEST_UNREADABLE\]/);
    assert.match((await validate(["--var-file", "."])).stderr, /"\." is a folder|is a folder/);
    const large = await validate(["--var-file", "v.env"], { files: { "v.env": `A=${"x".repeat(1024 * 1024)}` } });
    assert.match(large.stderr, /"v\.env" is larger than 1 MiB/);
  });

  it("leaves one list of all variables that are still not set", async () => {
    const files = {
      "images.yaml": 'version: 1\nimages:\n  - source: ${HOST}/${A}\n    target: ${TO}/${A}\n    tags: ["${TAG}"]\n',
      "vars.yaml": "HOST: docker.io\n",
    };
    const { stderr } = await validate(["--var-file", "vars.yaml"], { files });
    assert.match(stderr, /images\.yaml:3:13: error: 3 variables are not set: "A", "TO", "TAG"/);
    assert.match(stderr, /images\.yaml:4:13: "TO" is used here/);
    assert.match(stderr, /images\.yaml:5:12: "TAG" is used here/);
    assert.match(stderr, /^1 error \[MANIFEST_INVALID\]$/m);
  });
});
