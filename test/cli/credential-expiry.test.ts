import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { image } from "../support/images.ts";
import { tarLayer } from "../support/layers.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();
const TOKEN = "ya29.token-that-must-stay-secret";

/** An image whose layer claims 40 GiB, and a target that accepts an access token from Docker's config.json. */
async function world(user = "oauth2accesstoken", password = TOKEN) {
  const source = await start();
  const layer = tarLayer({ "file.txt": "large" });
  source.putImage(
    "app",
    "v1",
    image({ layers: [{ ...layer, descriptor: { ...layer.descriptor, size: 40 * 1024 ** 3 } }] }),
  );
  const target = await start({ auth: { kind: "token", users: { [user]: password } } });
  const auth = Buffer.from(`${user}:${password}`).toString("base64");
  const folder = await makeFolder({
    "config.json": JSON.stringify({ auths: { [target.host]: { auth } } }),
    "images.yaml": `version: 1
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
images: [{ source: "${source.host}/app:v1", target: "${target.host}/copy", referrers: false }]
`,
  });
  onEnd(folder.remove);
  const run = (...args: readonly string[]) =>
    runCli(["plan", ...args], { cwd: folder.path, environment: { DOCKER_CONFIG: folder.path } });
  return { run, target };
}

describe("a plan with a blob that takes longer than a token lives", () => {
  it("warns in text, JSON and Markdown, without showing the token", async () => {
    const { run, target } = await world();
    const outputs = await Promise.all([run(), run("--format", "json"), run("--format", "markdown")]);
    for (const { code, stdout, stderr } of outputs) {
      assert.equal(code, 0, stderr);
      assert.match(stdout, /a blob of 40\.0 GiB takes 68 minutes at an assumed 10\.0 MiB\/s/);
      assert.match(stdout, /is valid for at most 60 minutes and is not renewed/);
      assert.match(stdout, /keyFile/);
      assert.doesNotMatch(stdout + stderr, new RegExp(TOKEN));
      assert.ok(stdout.replaceAll("\\", "").includes(target.host));
    }
  });

  it("uses the remaining lifetime of a token that contains its expiry", async () => {
    const exp = Math.floor(Date.now() / 1000) + 1800;
    const token = ["{}", JSON.stringify({ exp }), "s"].map((part) => Buffer.from(part).toString("base64url")).join(".");
    const { run } = await world("somebody", token);
    const { code, stdout, stderr } = await run();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /the login for 127\.0\.0\.1:\d+ \(auths in ~\/config\.json\) expires in (?:29|30) minutes/);
    assert.match(stdout, /Log in again right before apply/);
    assert.ok(!(stdout + stderr).includes(token));
  });

  it("shows no warning for an untrusted manifest, which gets no credentials", async () => {
    const { run } = await world();
    const { stdout } = await run("--untrusted");
    assert.doesNotMatch(stdout, /at an assumed/);
  });
});
