import assert from "node:assert/strict";
import { chmod, mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const onEnd = cleanUpAfterEach();
const SECRET = "s3cret-that-must-stay-secret";
const GIVES = `read -r server; echo "$1 $server" >> "$HOME/log"; printf '{"Username":"ada","Secret":"${SECRET}"}'`;

/** A home folder with a helper program for each of the given bodies. */
async function home(helpers: Readonly<Record<string, string>>, config?: string) {
  const folder = await makeFolder();
  onEnd(folder.remove);
  for (const name of ["bin", ".docker"]) await mkdir(join(folder.path, name));
  for (const [name, body] of Object.entries(helpers)) {
    await folder.write(`bin/docker-credential-${name}`, `#!/bin/sh\n${body}\n`);
    await chmod(join(folder.path, `bin/docker-credential-${name}`), 0o700);
  }
  if (config !== undefined) await folder.write(".docker/config.json", config);
  return {
    run: async (...args: readonly string[]): Promise<CliResult> => {
      const environment = { PATH: `${join(folder.path, "bin")}:/usr/bin:/bin` };
      const result = await runCli(["auth", ...args], { cwd: folder.path, environment });
      assert.doesNotMatch(result.stdout + result.stderr, new RegExp(SECRET));
      return result;
    },
    config: () => folder.read(".docker/config.json"),
    path: join(folder.path, ".docker/config.json"),
    log: () => readFile(join(folder.path, "log"), "utf8").catch(() => ""),
  };
}

describe("imgsync auth configure", () => {
  it("writes the helper, calls it once, and reports both", async () => {
    const { run, config, path, log } = await home({ own: GIVES }, '{\n\t"auths": {}\n}\n');
    const result = await run("configure", "Registry.Example.com:5000", "--helper", "own");
    assert.equal(result.code, 0, result.stderr);
    assert.equal(
      result.stdout,
      '~/.docker/config.json: wrote "registry.example.com:5000": "own" to credHelpers\n' +
        "docker-credential-own answers for registry.example.com:5000\n",
    );
    assert.equal(result.stderr, "");
    assert.equal(
      await config(),
      '{\n\t"auths": {},\n\t"credHelpers": {\n\t\t"registry.example.com:5000": "own"\n\t}\n}\n',
    );
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal(await log(), "get registry.example.com:5000\n");
    const again = await run("configure", "registry.example.com:5000", "--helper", "own");
    assert.equal(again.code, 0);
    assert.match(again.stdout, /credHelpers already has "registry\.example\.com:5000": "own"/);
  });

  it("uses Docker's own key for Docker Hub", async () => {
    const { run, config } = await home({ own: GIVES });
    assert.equal((await run("configure", "docker.io", "--helper", "own")).code, 0);
    assert.deepEqual(JSON.parse(await config()), { credHelpers: { "https://index.docker.io/v1/": "own" } });
  });

  it("shows what it would write with --dry-run, and neither writes nor calls the helper", async () => {
    const before = '{"credHelpers":{"a.example.com":"old"}}';
    const { run, config, log } = await home({ own: GIVES }, before);
    const result = await run("configure", "a.example.com", "--helper", "own", "--dry-run");
    assert.equal(result.code, 0);
    assert.equal(
      result.stdout,
      '~/.docker/config.json: would write "a.example.com": "own" to credHelpers (was "old")\n',
    );
    assert.equal(await config(), before);
    assert.equal(await log(), "");
  });

  it("fails when the helper does not answer, and reports what it wrote", async () => {
    const { run, config } = await home({
      empty: "echo credentials not found in native keychain; exit 1",
      broken: `echo ${SECRET}; exit 3`,
    });
    const empty = await run("configure", "a.example.com", "--helper", "empty");
    assert.equal(empty.code, 1);
    assert.match(empty.stdout, /wrote "a\.example\.com": "empty"/);
    assert.match(empty.stderr, /docker-credential-empty has no credentials for "a\.example\.com"/);
    assert.doesNotMatch(empty.stdout, /answers/);
    const broken = await run("configure", "b.example.com", "--helper", "broken");
    assert.equal(broken.code, 1);
    assert.match(broken.stderr, /docker-credential-broken failed for "b\.example\.com" with exit code 3/);
    assert.deepEqual(JSON.parse(await config()), {
      credHelpers: { "a.example.com": "empty", "b.example.com": "broken" },
    });
  });

  it("writes nothing for a missing program, an invalid name, an invalid host or a missing --helper", async () => {
    const before = '{"auths":{}}';
    const { run, config } = await home({}, before);
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [["a.example.com", "--helper", "gone"], /"docker-credential-gone" is not a program on the PATH/],
      [["a.example.com", "--helper", "../evil"], /not the name of a credential helper/],
      [["https://a.example.com", "--helper", "own"], /without https:\/\//],
      [["a.example.com"], /--helper NAME/],
    ];
    for (const [args, message] of cases) {
      const result = await run("configure", ...args);
      assert.equal(result.code, 1);
      assert.match(result.stderr, message);
    }
    assert.equal(await config(), before);
  });

  it("leaves an invalid file unchanged and names it", async () => {
    const { run, config } = await home({ own: GIVES }, `{"auths": {"h": {"auth": "${SECRET}"`);
    const result = await run("configure", "a.example.com", "--helper", "own");
    assert.equal(result.code, 1);
    assert.match(result.stderr, /~\/\.docker\/config\.json is not valid JSON/);
    assert.match(await config(), /"h"/);
  });

  it("warns about a login in auths that no longer counts", async () => {
    const { run } = await home({ own: GIVES }, '{"auths":{"a.example.com":{"auth":"YTpi"}}}');
    const result = await run("configure", "a.example.com", "--helper", "own");
    assert.equal(result.code, 0);
    assert.match(result.stderr, /warning: auths in ~\/\.docker\/config\.json also has "a\.example\.com"/);
  });
});

describe("imgsync auth explain", () => {
  const config = '{"credHelpers":{"own.example.com":"own","broken.example.com":"broken"}}';

  it("shows every source, what it has, and which one is used", async () => {
    const { run } = await home({ own: GIVES }, config);
    const result = await run("explain", "own.example.com/team/app:v1");
    assert.equal(result.code, 0, result.stderr);
    const [title, environment, docker, ...rest] = result.stdout.split("\n");
    assert.equal(title, "own.example.com/team/app");
    assert.match(environment ?? "", /^ {2}IMGSYNC_USERNAME_<HOST> in the environment {2}nothing$/);
    assert.match(docker ?? "", /a user name with a password \(credHelpers in ~\/\.docker\/config\.json\)/);
    assert.match(rest.join("\n"), /auth\.json +not asked\nused: a user name with a password/);
  });

  it("exits 1 when a source fails, and 0 when there are no credentials", async () => {
    const { run } = await home({ broken: `echo ${SECRET}; exit 1` }, config);
    const broken = await run("explain", "broken.example.com");
    assert.equal(broken.code, 1);
    assert.match(broken.stdout, /failed: docker-credential-broken failed/);
    const nothing = await run("explain", "other.example.com");
    assert.equal(nothing.code, 0);
    assert.match(nothing.stdout, /used: no credentials\n$/);
  });

  it("prints the steps and the result as JSON", async () => {
    const { run } = await home({ own: GIVES }, config);
    const { stdout } = await run("explain", "own.example.com", "--format", "json");
    const answer = JSON.parse(stdout);
    assert.equal(answer.for, "own.example.com");
    assert.deepEqual(answer.used, { credential: "basic", origin: "credHelpers in ~/.docker/config.json" });
    assert.deepEqual(
      answer.steps.slice(0, 2).map(({ outcome }: { outcome: string }) => outcome),
      ["none", "found"],
    );
  });

  it("uses auth of the manifest given with -f, and loads nothing with --untrusted", async () => {
    const { run } = await home({ own: GIVES }, config);
    const folder = await makeFolder({
      "images.yaml":
        "version: 1\nregistries:\n  own.example.com: { auth: { anonymous: true } }\nimages:\n  - { source: docker.io/a/b, target: own.example.com/a/b }\n",
    });
    onEnd(folder.remove);
    const file = join(folder.path, "images.yaml");
    assert.match(
      (await run("explain", "own.example.com", "-f", file)).stdout,
      /anonymous: true.*nothing\nused: no cred/,
    );
    assert.match(
      (await run("explain", "own.example.com", "--untrusted")).stdout,
      /used: none: credentials are not loaded for an untrusted manifest/,
    );
  });
});
