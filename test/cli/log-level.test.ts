import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();
const PASSWORD = "canary-7f3a.Secret_9Q";

/** Two registries that require a token; the password comes from a credential helper, which is a program. */
async function world() {
  const tokens: string[] = [];
  const open = () =>
    start({
      auth: { kind: "token", users: { mirror: PASSWORD } },
      onRequest: ({ headers: { authorization = "" } }) => {
        if (authorization.startsWith("Bearer ")) tokens.push(authorization.slice(7));
        return undefined;
      },
    });
  const [source, target] = [await open(), await open()];
  source.putImage("app", "v1", smallImage(1));
  const folder = await makeFolder({
    "images.yaml": `version: 1
registries:
  "${source.host}": { plainHttp: true, auth: { helper: own } }
  "${target.host}": { plainHttp: true, auth: { helper: own } }
images:
  - { source: "${source.host}/app", target: "${target.host}/app", tags: [v1] }
`,
    "docker-credential-own": `#!/bin/sh\necho '{"Username":"mirror","Secret":"${PASSWORD}"}'\n`,
  });
  onEnd(folder.remove);
  await chmod(join(folder.path, "docker-credential-own"), 0o700);
  const path = `${folder.path}:/usr/bin:/bin`;
  const run = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    runCli(args, { cwd: folder.path, environment: { PATH: path, ...environment } });
  return { source, target, tokens, run };
}

describe("--log-level debug", () => {
  it("shows requests, credentials, programs and cache hits on stderr, without secrets", async () => {
    const { source, target, tokens, run } = await world();
    const { code, stderr } = await run(["apply", "--yes", "--log-level", "debug"]);
    assert.equal(code, 0, stderr);
    for (const pattern of [
      `debug: HEAD ${source.host}/v2/app/manifests/v1 200 0 B \\d+ ms \\(resolve the tag\\)`,
      `debug: PUT ${target.host}/v2/app/manifests/v1 201 .* \\(write the tag\\)`,
      `debug: credentials for ${source.host}/app: basic from .*helper.*images.yaml`,
      "debug: program: /.*/docker-credential-own get: exit code 0, \\d+ ms",
      "debug: cache hit: token ",
    ])
      assert.match(stderr, new RegExp(pattern));
    assert.ok(tokens.length > 0);
    for (const hidden of [PASSWORD, ...tokens]) assert.ok(!stderr.includes(hidden), stderr);
  });

  it("prints one JSON object per line with --log-format json", async () => {
    const { tokens, run } = await world();
    const { stderr, stdout } = await run(["plan"], { IMGSYNC_LOG: "debug" });
    assert.match(stderr, /^debug: /m);
    const json = await run(["plan", "--log-format", "json"], { IMGSYNC_LOG: "debug" });
    assert.equal(json.stdout, stdout);
    const lines: readonly unknown[] = json.stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const types = new Set(
      lines.map((line) => (typeof line === "object" && line !== null && "type" in line ? line.type : undefined)),
    );
    for (const type of ["request", "credential", "program"]) assert.ok(types.has(type), type);
    for (const hidden of [PASSWORD, ...tokens]) assert.ok(!json.stderr.includes(hidden));
  });

  it("leaves stdout unchanged, and traces nothing when it is off", async () => {
    const { run } = await world();
    const quiet = await run(["plan", "--format", "json"]);
    const loud = await run(["plan", "--format", "json", "--log-level", "debug"]);
    assert.equal(quiet.stderr, "");
    assert.equal(loud.stdout, quiet.stdout);
    const info = await run(["plan", "--log-level", "info"], { IMGSYNC_LOG: "debug" });
    assert.equal(info.stderr, "");
  });

  it("refuses an unknown level in IMGSYNC_LOG", async () => {
    const { run } = await world();
    const { code, stderr } = await run(["plan"], { IMGSYNC_LOG: "loud" });
    assert.equal(code, 1);
    assert.match(stderr, /error: IMGSYNC_LOG is "loud" \[CONFIG_INVALID\]\n.*set it to info or debug/);
  });
});
