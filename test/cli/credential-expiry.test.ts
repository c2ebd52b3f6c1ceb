import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
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

/** A local image of 40 GiB in a fake docker whose pushes are refused. */
async function localWorld() {
  const target = await start({ auth: { kind: "token", users: { oauth2accesstoken: TOKEN } } });
  const auth = Buffer.from(`oauth2accesstoken:${TOKEN}`).toString("base64");
  const inspected = [
    { Id: digestOf("the local image"), RepoTags: ["large:latest"], RepoDigests: [], Size: 40 * 1024 ** 3 },
  ];
  const folder = await makeFolder({
    "config.json": JSON.stringify({ auths: { [target.host]: { auth } } }),
    "images.yaml": `version: 1
registries: { "${target.host}": { plainHttp: true } }
images: [{ source: docker-daemon:large, target: "${target.host}/copy:v1" }]
`,
    "fake-docker": `#!/bin/sh
case "$*" in
  "image inspect -- ${target.host}"*) echo "Error: No such image" >&2; exit 1 ;;
  "image inspect"*) echo '${JSON.stringify(inspected)}' ;;
  push*) echo "denied: no" >&2; exit 1 ;;
esac
`,
  });
  onEnd(folder.remove);
  await chmod(join(folder.path, "fake-docker"), 0o700);
  const environment = { DOCKER_CONFIG: folder.path, IMGSYNC_DOCKER_COMMAND: join(folder.path, "fake-docker") };
  return (...args: readonly string[]) => runCli(args, { cwd: folder.path, environment });
}

describe("a local image that docker pushes for longer than a token lives", () => {
  it("has a note in the plan, and apply warns", async () => {
    const run = await localWorld();
    const { code, stdout, stderr } = await run("plan");
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /docker pushes up to 40\.0 GiB with one login, which takes 68 minutes at an assumed 10\.0 MiB\/s/,
    );
    assert.match(stdout, /the access token for 127\.0\.0\.1:\d+ .* is valid for at most 60 minutes and is not renewed/);
    const applied = await run("apply", "--yes");
    assert.equal(applied.code, 1);
    assert.match(applied.stderr, /an upload takes longer than the access token lives.*\(auth: \{ keyFile: FILE \}\)/);
    assert.doesNotMatch(stdout + stderr + applied.stdout + applied.stderr, new RegExp(TOKEN));
  });
});

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
    const { run } = await world("ada", token);
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
