import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { environmentName } from "../../src/model/environment-name.ts";
import { S3NS_HOST } from "../support/artifact-registry/options.ts";
import { KEY, type S3ns, type S3nsOptions, SECRETS, startS3ns } from "../support/artifact-registry/s3ns.ts";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import { startContainerd } from "../support/containerd.ts";
import { startDockerd } from "../support/dockerd.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { image, smallImage, type TestImage, twoPlatformIndex } from "../support/images.ts";
import { randomLayer } from "../support/layers.ts";
import { requirePrograms, requireRoot, runProgram } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const SUFFIX = environmentName(S3NS_HOST);
const KEY_TEXT = JSON.stringify(KEY);

type Place = {
  readonly s3ns: S3ns;
  /** Pushes an image to the source registry. */
  readonly push: (repository: string, tag: string, pushed: TestImage) => Promise<unknown>;
  readonly mapping: (images: string) => Promise<void>;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  readonly runWith: (environment: Readonly<Record<string, string>>, ...args: readonly string[]) => Promise<CliResult>;
  readonly folder: string;
  /** Everything that was printed so far. */
  readonly printed: string[];
};

/** Starts a docker-registry as the source, and the double under its real name with credentials in the environment. */
async function place(options: S3nsOptions = {}): Promise<Place> {
  const s3ns = await startS3ns(options);
  onEnd(s3ns.stop);
  const source = await startDockerRegistry();
  onEnd(source.stop);
  const folder = await makeFolder();
  onEnd(folder.remove);
  const { enter, environment } = s3ns.hosts;
  const printed: string[] = [];
  const runWith: Place["runWith"] = async (own, ...args) => {
    const result = await runCli(args, { cwd: folder.path, enter, environment: { ...environment, ...own } });
    printed.push(result.stdout, result.stderr);
    return result;
  };
  return {
    s3ns,
    printed,
    folder: folder.path,
    push: (repository, tag, pushed) => pushImage(source.host, repository, tag, pushed),
    mapping: (images) =>
      folder.write(
        "images.yaml",
        `version: 1\nregistries: { "${source.host}": { plainHttp: true } }\nimages:\n${images
          .replaceAll("SOURCE", source.host)
          .replaceAll("TARGET", S3NS_HOST)}`,
      ),
    runWith,
    run: (...args) => runWith(login("oauth2accesstoken", SECRETS.token), ...args),
  };
}

function login(username: string, password: string): Readonly<Record<string, string>> {
  return { [`IMGSYNC_USERNAME_${SUFFIX}`]: username, [`IMGSYNC_PASSWORD_${SUFFIX}`]: password };
}

function ready(t: TestContext): boolean {
  return requirePrograms(t, "docker-registry", "openssl", "skopeo") && requireRoot(t);
}

async function inspectRaw({ s3ns }: Place, reference: string): Promise<Uint8Array> {
  const creds = `oauth2accesstoken:${SECRETS.token}`;
  const command = ["skopeo", "inspect", "--raw", "--creds", creds, `docker://${reference}`] as const;
  const [name, ...args] = s3ns.hosts.enter(command);
  const { code, stdout, stderr } = await runProgram(name, args, { env: s3ns.hosts.environment });
  assert.equal(code, 0, stderr);
  return stdout;
}

describe("Artifact Registry under its real name", () => {
  it("an index arrives byte for byte, and a second apply writes nothing", async (t) => {
    if (!ready(t)) return;
    const given = await place();
    const { s3ns, push, mapping, run } = given;
    const index = twoPlatformIndex(1);
    await push("app", "staging", index);
    await mapping("  - { source: SOURCE/app:staging, target: TARGET/my-project/my-repo/test-image }\n");
    const first = await run("apply", "--yes");
    assert.equal(first.code, 0, first.stdout + first.stderr);
    const arrived = await inspectRaw(given, `${S3NS_HOST}/my-project/my-repo/test-image:staging`);
    assert.equal(Buffer.compare(arrived, index.bytes), 0);
    s3ns.registry.clearLog();
    const second = await run("apply", "--yes");
    assert.equal(second.code, 0, second.stdout + second.stderr);
    assert.equal(s3ns.registry.log.filter(isWrite).length, 0);
  });

  it("a blob is uploaded in one PUT of known length, to the opaque URL that the registry gave, which is never shown", async (t) => {
    if (!ready(t)) return;
    const { s3ns, push, mapping, run, printed } = await place();
    await push("app", "v1", image({ layers: [randomLayer({ size: 3_000_000, seed: 1 })] }));
    await mapping("  - { source: SOURCE/app:v1, target: TARGET/my-project/my-repo/app }\n");
    assert.equal((await run("apply", "--yes", "--verbose")).code, 0);
    const { log } = s3ns.registry;
    assert.equal(log.filter(({ method }) => method === "PATCH").length, 0);
    const puts = log.filter(({ method, path }) => method === "PUT" && path.startsWith("/artifacts-uploads/"));
    assert.equal(puts.length, 2);
    for (const { headers, query, status, bytesIn } of puts) {
      assert.equal(status, 201);
      assert.equal(Number(headers["content-length"]), bytesIn);
      assert.equal(headers["transfer-encoding"], undefined);
      assert.match(query, /^\?state=[\w-]+%3D%3D&upload=a%2Fb&digest=sha256%3A[a-f0-9]{64}$/);
    }
    assert.ok(puts.some(({ bytesIn }) => bytesIn > 3_000_000));
    assert.ok(puts.every(({ path }) => path.length > 1000));
    assert.ok(!printed.join("").includes("artifacts-uploads"));
  });

  it("an image of the registry gets another tag, and no blob is sent", async (t) => {
    if (!ready(t)) return;
    const { s3ns, push, mapping, run } = await place();
    await push("app", "v1", smallImage(1));
    await mapping("  - { source: SOURCE/app:v1, target: TARGET/my-project/my-repo/app }\n");
    assert.equal((await run("apply", "--yes")).code, 0);
    s3ns.registry.clearLog();
    await mapping("  - { source: TARGET/my-project/my-repo/app:v1, target: TARGET/my-project/my-repo/app:stable }\n");
    const tagged = await run("apply", "--yes");
    assert.equal(tagged.code, 0, tagged.stdout + tagged.stderr);
    const sent = s3ns.registry.log.filter(({ method }) => method === "PUT" || method === "PATCH");
    assert.deepEqual(
      sent.map(({ kind, reference }) => `${kind} ${reference}`),
      ["manifest stable"],
    );
    const listed = await run("list", `${S3NS_HOST}/my-project/my-repo/app`);
    assert.match(listed.stdout, new RegExp(`${smallImage(1).digest} +stable,v1 `));
  });

  it("a failed upload is reported without its URL", async (t) => {
    if (!ready(t)) return;
    const { push, mapping, run, printed } = await place({
      interrupt: ({ method, kind }) =>
        method === "PUT" && kind === "upload" ? { kind: "status", status: 400 } : undefined,
    });
    await push("app", "v1", smallImage(1));
    await mapping("  - { source: SOURCE/app:v1, target: TARGET/my-project/my-repo/app }\n");
    const result = await run("apply", "--yes", "--verbose");
    assert.equal(result.code, 1);
    assert.match(result.stdout, /answered 400 to PUT blob/);
    assert.ok(!/artifacts-uploads|state=/.test(printed.join("")));
  });

  it("blobs on another host are read without an Authorization header", async (t) => {
    if (!ready(t)) return;
    const { s3ns, push, mapping, run } = await place();
    await push("app", "v1", smallImage(1));
    await mapping("  - { source: SOURCE/app:v1, target: TARGET/my-project/my-repo/app }\n");
    assert.equal((await run("apply", "--yes")).code, 0);
    await mapping("  - { source: TARGET/my-project/my-repo/app:v1, target: SOURCE/back }\n");
    const back = await run("apply", "--yes");
    assert.equal(back.code, 0, back.stdout + back.stderr);
    assert.ok(s3ns.storage.requests() > 0);
    assert.equal(s3ns.storage.authorizations(), 0);
  });

  it("a blob is mounted from another repository, and uploaded when that is not possible", async (t) => {
    if (!ready(t)) return;
    for (const mounts of [true, false]) {
      const { s3ns, push, mapping, run } = await place({ mounts });
      await push("app", "v1", smallImage(1));
      await mapping(
        "  - { source: SOURCE/app:v1, target: [TARGET/my-project/my-repo/one, TARGET/my-project/my-repo/two] }\n",
      );
      const result = await run("apply", "--yes");
      assert.equal(result.code, 0, result.stdout + result.stderr);
      const mounted = s3ns.registry.log.filter(
        ({ kind, method, status }) => kind === "upload" && method === "POST" && status === 201,
      );
      assert.equal(mounted.length > 0, mounts);
      await s3ns.stop();
    }
  });

  it("an upload that is refused with 429 is retried", async (t) => {
    if (!ready(t)) return;
    let refusals = 0;
    const { push, mapping, run } = await place({
      interrupt: ({ kind }) => {
        if (kind !== "upload" || refusals > 0) return undefined;
        refusals += 1;
        return { kind: "too-many-requests", retryAfter: "1" };
      },
    });
    await push("app", "v1", smallImage(1));
    await mapping("  - { source: SOURCE/app:v1, target: TARGET/my-project/my-repo/app }\n");
    const result = await run("apply", "--yes");
    assert.equal(result.code, 0, result.stdout + result.stderr);
    assert.equal(refusals, 1);
  });

  it("a service account key works as a password, raw or in base64", async (t) => {
    if (!ready(t)) return;
    const { push, mapping, runWith } = await place();
    await push("app", "v1", smallImage(1));
    await mapping("  - { source: SOURCE/app:v1, target: TARGET/my-project/my-repo/app }\n");
    const raw = await runWith(login("_json_key", KEY_TEXT), "apply", "--yes");
    assert.equal(raw.code, 0, raw.stdout + raw.stderr);
    const encoded = await runWith(
      login("_json_key_base64", Buffer.from(KEY_TEXT).toString("base64")),
      "plan",
      "--detailed-exitcode",
    );
    assert.equal(encoded.code, 0, encoded.stdout + encoded.stderr);
    // as base64 prints it, from a file that Windows wrote
    const lines = Buffer.from(`\uFEFF${KEY_TEXT}\r\n`)
      .toString("base64")
      .replaceAll(/(.{76})/g, "$1\r\n");
    const wrapped = await runWith(login("_json_key_base64", `${lines}\r\n`), "plan", "--detailed-exitcode");
    assert.equal(wrapped.code, 0, wrapped.stdout + wrapped.stderr);
    assert.equal((await runWith(login("_json_key", "{}"), "plan")).code, 1);
  });

  it("a missing permission is reported with the permission, the repository and the note that it may not exist", async (t) => {
    if (!ready(t)) return;
    const { push, mapping, run, runWith } = await place();
    await push("app", "v1", smallImage(1));
    await mapping("  - { source: SOURCE/app:v1, target: TARGET/my-project/my-repo/app }\n");
    const reader = await runWith(login("oauth2accesstoken", SECRETS.readerToken), "apply", "--yes");
    assert.equal(reader.code, 1);
    assert.match(
      reader.stdout.replaceAll(/\s+/g, " "),
      /uploadArtifacts" denied on resource "projects\/my-project\/locations\/u-france-east1\/repositories\/my-repo" \(or it may not exist\)/,
    );
    await mapping("  - { source: SOURCE/app:v1, target: TARGET/my-project/nowhere/app }\n");
    const nowhere = await run("plan");
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stdout.replaceAll(/\s+/g, " "), /repositories\/nowhere" \(or it may not exist\)/);
  });

  it("50 tags that are in place need one list and no HEAD request", async (t) => {
    if (!ready(t)) return;
    const { s3ns, push, mapping, run } = await place();
    const tags = Array.from({ length: 50 }, (_, at) => `v${at}`);
    for (const [at, tag] of tags.entries()) await push("app", tag, smallImage(at % 5));
    await mapping(`  - { source: SOURCE/app, target: TARGET/my-project/my-repo/app, tags: [${tags.join(", ")}] }\n`);
    const first = await run("apply", "--yes");
    assert.equal(first.code, 0, first.stdout + first.stderr);
    s3ns.registry.clearLog();
    const second = await run("plan", "--detailed-exitcode");
    assert.equal(second.code, 0, second.stdout + second.stderr);
    assert.equal(s3ns.registry.countRequests({ method: "HEAD" }), 0);
    assert.equal(s3ns.registry.countRequests({ kind: "tags", status: 200 }), 1);
  });

  it("a list in pages covers all tags, and a list without digests covers none", async (t) => {
    if (!ready(t)) return;
    const tags = Array.from({ length: 7 }, (_, at) => `v${at}`);
    for (const [options, lists, looks] of [
      [{ pageSize: 3 }, 3, 0],
      [{ listsDigests: false }, 1, 14],
    ] as const) {
      const { s3ns, push, mapping, run } = await place(options);
      for (const [at, tag] of tags.entries()) await push("app", tag, smallImage(at));
      const entry = (name: string): string =>
        `  - { source: SOURCE/app, target: TARGET/my-project/my-repo/${name}, tags: [${tags.join(", ")}] }\n`;
      await mapping(entry("one") + entry("two"));
      const first = await run("apply", "--yes");
      assert.equal(first.code, 0, first.stdout + first.stderr);
      s3ns.registry.clearLog();
      assert.equal((await run("plan", "--detailed-exitcode")).code, 0);
      const both = lists === 3 ? 2 : 1;
      assert.equal(s3ns.registry.countRequests({ kind: "tags", status: 200 }), lists * both);
      assert.equal(s3ns.registry.countRequests({ method: "HEAD", status: 200 }), looks);
      await s3ns.stop();
    }
  });

  it("a moved tag is blocked with the registry's message, after a single attempt", async (t) => {
    if (!ready(t)) return;
    const { s3ns, push, mapping, run } = await place();
    await push("app", "v1", smallImage(1));
    await push("app", "v2", smallImage(2));
    for (const tag of ["v1", "latest"]) {
      await mapping(`  - { source: SOURCE/app:v1, target: TARGET/my-project/releases/app:${tag} }\n`);
      assert.equal((await run("apply", "--yes")).code, 0);
      await mapping(`  - { source: SOURCE/app:v2, target: TARGET/my-project/releases/app:${tag} }\n`);
      s3ns.registry.clearLog();
      const moved = await run("apply", "--yes");
      assert.equal(moved.code, 3, moved.stdout + moved.stderr);
      const message = `cannot update tag ${tag}. The repository has enabled tag immutability`;
      assert.ok(moved.stdout.replaceAll(/\s+/g, " ").includes(message), moved.stdout);
      assert.equal(s3ns.registry.countRequests({ method: "PUT", kind: "manifest", reference: tag }), 1);
    }
  });

  it("a tag that another client created in the meantime is a success with the same digest, and blocked with another one", async (t) => {
    if (!ready(t)) return;
    for (const [seed, code] of [
      [1, 0],
      [2, 3],
    ] as const) {
      let upstream = "";
      let isDone = false;
      const { s3ns, push, mapping, run } = await place({
        interrupt: async ({ method, kind, reference }) => {
          if (method !== "PUT" || kind !== "manifest" || reference !== "v1" || isDone) return undefined;
          isDone = true;
          await pushImage(upstream, "my-project/releases/app", "v1", smallImage(seed));
          return undefined;
        },
      });
      upstream = s3ns.upstream;
      await push("app", "v1", smallImage(1));
      await mapping("  - { source: SOURCE/app:v1, target: TARGET/my-project/releases/app }\n");
      const result = await run("apply", "--yes");
      assert.equal(result.code, code, result.stdout + result.stderr);
      assert.ok(isDone);
      await s3ns.stop();
    }
  });

  it("a saved plan does not move an immutable tag that docker pushed since, accepts the wanted digest, and applies the rest", async (t) => {
    if (!requirePrograms(t, "docker", "dockerd") || !ready(t)) return;
    const { s3ns, push, mapping, run, folder } = await place();
    const dockerd = await startDockerd(s3ns.hosts);
    onEnd(dockerd.stop);
    for (const [at, tag] of ["theirs", "same", "ours"].entries()) await push("app", tag, smallImage(at + 1));
    await mapping("  - { source: SOURCE/app, target: TARGET/my-project/releases/app, tags: [theirs, same, ours] }\n");
    const planned = await run("plan", "--out", "plan.json", "--detailed-exitcode");
    assert.equal(planned.code, 2, planned.stdout + planned.stderr);
    assert.match(planned.stdout, /3 to create/);

    const theirs = `${S3NS_HOST}/my-project/releases/app:theirs`;
    await dockerd.importImage(theirs, "content of another client");
    const config = await makeFolder({ "config.json": JSON.stringify({ auths: { [S3NS_HOST]: { auth: BASIC } } }) });
    onEnd(config.remove);
    const env = { DOCKER_HOST: dockerd.host, DOCKER_CONFIG: config.path };
    const pushed = await runProgram("docker", ["push", theirs], { env });
    assert.equal(pushed.code, 0, pushed.stderr);
    const [digest = ""] = /sha256:[a-f0-9]{64}/.exec(Buffer.from(pushed.stdout).toString("utf8")) ?? [];
    await pushImage(s3ns.upstream, "my-project/releases/app", "same", smallImage(2));
    s3ns.registry.clearLog();

    const applied = await run("apply", "plan.json", "--yes", "--format", "json");
    assert.equal(applied.code, 4, applied.stdout + applied.stderr);
    const finished: { results: readonly Ending[] } = JSON.parse(applied.stdout.trim().split("\n").at(-1) ?? "");
    const { results } = finished;
    const endings = results.map(({ change, result }) => [change.target.split(":").at(-1), result.outcome]);
    assert.deepEqual(endings, [
      ["theirs", "stale"],
      ["same", "unchanged"],
      ["ours", "applied"],
    ]);
    const { code, message = "", hint } = results[0]?.result.error ?? {};
    assert.equal(code, "TAG_STALE");
    assert.ok(digest !== "" && message.includes(digest), message);
    assert.equal(hint, "another client changed it; plan again");
    const written = s3ns.registry.log.filter(({ method, kind }) => method === "PUT" && kind === "manifest");
    assert.deepEqual(
      written.map(({ reference }) => reference),
      ["ours"],
    );

    // a new plan gets the registry's own message
    const again = await run("apply", "--yes");
    assert.equal(again.code, 3, again.stdout + again.stderr);
    assert.match(
      again.stdout.replaceAll(/\s+/g, " "),
      /cannot update tag theirs\. The repository has enabled tag immut/,
    );
    const listed = await run("list", `${S3NS_HOST}/my-project/releases/app`, "--format", "json");
    assert.ok(listed.stdout.includes(digest));
    assert.deepEqual((await readdir(folder)).toSorted(), ["images.yaml", "plan.json"]);
  });

  it("a token that expires during the run is replaced, and no blob is sent twice", async (t) => {
    if (!ready(t)) return;
    const { s3ns, push, mapping, run } = await place(endingTokens());
    await push("app", "v1", twoPlatformIndex(1));
    await mapping("  - { source: SOURCE/app:v1, target: TARGET/my-project/my-repo/app }\n");
    const result = await run("apply", "--yes");
    assert.equal(result.code, 0, result.stdout + result.stderr);
    const { log } = s3ns.registry;
    const puts = log.filter(({ method, kind, status }) => method === "PUT" && kind === "upload" && status === 201);
    const digests = puts.map(({ query }) => new URLSearchParams(query).get("digest"));
    assert.equal(new Set(digests).size, digests.length);
    assert.ok(log.some(({ status, kind, method }) => status === 401 && kind === "manifest" && method === "PUT"));
  });

  it("a blob whose token expires under way starts again, and blobs that have arrived do not", async (t) => {
    if (!ready(t)) return;
    const { s3ns, push, mapping, run } = await place(tokensThatEndDuringAnUpload());
    await push("app", "v1", twoPlatformIndex(1));
    await mapping("  - { source: SOURCE/app:v1, target: TARGET/my-project/my-repo/app }\n");
    const result = await run("apply", "--yes");
    assert.equal(result.code, 0, result.stdout + result.stderr);
    const puts = s3ns.registry.log.filter(({ method, kind }) => method === "PUT" && kind === "upload");
    const sent = puts.map(({ status, query }) => `${status} ${new URLSearchParams(query).get("digest")}`);
    const refused = sent.filter((line) => line.startsWith("401 "));
    assert.ok(refused.length > 0);
    for (const line of refused) assert.ok(sent.includes(line.replace("401", "201")), line);
    const arrived = sent.filter((line) => line.startsWith("201 "));
    assert.equal(new Set(arrived).size, arrived.length);
    const [first = ""] = sent;
    assert.equal(sent.filter((line) => line.endsWith(first.slice("201 ".length))).length, 1);
    assert.match((await run("plan")).stdout, /No changes/);
  });

  it("an upload that outlasts an access token fails with the command for a new token, and writes no tag", async (t) => {
    if (!ready(t)) return;
    const options = tokensThatEndDuringAnUpload();
    const expiresAt = (options.now?.() ?? 0) + 60_000;
    const users = [{ kind: "access-token", token: SECRETS.token, role: "writer", expiresAt } as const];
    const { s3ns, push, mapping, run } = await place({ ...options, users });
    await push("app", "v1", smallImage(1));
    await mapping("  - { source: SOURCE/app:v1, target: TARGET/my-project/my-repo/app }\n");
    const result = await run("apply", "--yes");
    assert.equal(result.code, 1, result.stdout + result.stderr);
    assert.match(
      result.stdout,
      /access tokens live 60 minutes; for a new one run .*export IMGSYNC_PASSWORD_\w+="\$\(gcloud auth print-access-token\)"/,
    );
    assert.equal(s3ns.registry.countRequests({ method: "PUT", kind: "manifest" }), 0);
  });

  it("an image is planned, applied, listed, pulled by digest with docker and by tag with crictl, while tokens expire", async (t) => {
    if (!requirePrograms(t, "docker", "dockerd", "containerd", "crictl") || !ready(t)) return;
    const { s3ns, push, mapping, run, runWith, printed } = await place(endingTokens());
    const dockerd = await startDockerd(s3ns.hosts);
    onEnd(dockerd.stop);
    const containerd = await startContainerd(s3ns.hosts);
    onEnd(containerd.stop);
    const watch = watchCommandLines();
    onEnd(async () => void watch.stop());

    const pushed = image({ layers: [randomLayer({ size: 1000, seed: 1 })] });
    await push("app", "staging", pushed);
    await mapping("  - { source: SOURCE/app:staging, target: TARGET/my-project/my-repo/test-image }\n");
    assert.match((await run("plan")).stdout, /create +staging /);
    const applied = await run("apply", "--yes");
    assert.equal(applied.code, 0, applied.stdout + applied.stderr);
    assert.ok(s3ns.registry.log.some(({ status, kind }) => status === 401 && kind === "manifest"));
    assert.match((await run("plan")).stdout, /No changes/);
    const name = `${S3NS_HOST}/my-project/my-repo/test-image`;
    assert.ok((await run("list", name)).stdout.includes(pushed.digest.slice(0, 19)));

    const config = await makeFolder({ "config.json": JSON.stringify({ auths: { [S3NS_HOST]: { auth: BASIC } } }) });
    onEnd(config.remove);
    const env = { DOCKER_HOST: dockerd.host, DOCKER_CONFIG: config.path };
    const pulled = await runProgram("docker", ["pull", `${name}@${pushed.digest}`], { env });
    assert.equal(pulled.code, 0, pulled.stderr);

    const node = {
      ...login("oauth2accesstoken", SECRETS.token),
      CONTAINER_RUNTIME_ENDPOINT: containerd.endpoint,
      PATH: `${containerd.crictlFolder}:${process.env["PATH"] ?? ""}`,
    };
    const arrived = await runWith(node, "pull", "--with", "crictl");
    assert.equal(arrived.code, 0, arrived.stdout + arrived.stderr);
    assert.deepEqual(await containerd.names(), [`${name}:staging`, `${name}@${pushed.digest}`]);
    for (const line of [...watch.stop(), ...printed]) assert.ok(!line.includes(SECRETS.token), line);
  });

  it("no secret is printed or saved", async (t) => {
    if (!ready(t)) return;
    const { push, mapping, run, runWith, printed, folder } = await place();
    await push("app", "v1", smallImage(1));
    await mapping("  - { source: SOURCE/app:v1, target: TARGET/my-project/my-repo/app }\n");
    const encoded = Buffer.from(KEY_TEXT).toString("base64");
    await run("plan", "--out", "plan.json", "--verbose");
    await runWith(login("_json_key", KEY_TEXT), "apply", "plan.json", "--yes", "--format", "json");
    await runWith(login("_json_key_base64", encoded), "list", `${S3NS_HOST}/my-project/my-repo/app`);
    await runWith(login("oauth2accesstoken", SECRETS.readerToken), "plan", "--format", "json");
    await runWith(login("oauth2accesstoken", `${SECRETS.token}-wrong`), "plan");
    const all = [...printed, await readFile(join(folder, "plan.json"), "utf8")].join("\n");
    assert.ok(all.includes("my-repo/app"));
    const basic = Buffer.from(`oauth2accesstoken:${SECRETS.token}`).toString("base64");
    for (const hidden of [SECRETS.token, SECRETS.readerToken, "test-private-key", encoded, basic])
      assert.ok(!all.includes(hidden), hidden);
  });

  it("a name without its repository is refused at its position, before any request", async (t) => {
    if (!ready(t)) return;
    const { s3ns, mapping, run } = await place();
    await mapping("  - { source: SOURCE/app:v1, target: TARGET/my-project/app }\n");
    const result = await run("plan");
    assert.equal(result.code, 1);
    assert.match(result.stderr, /images\.yaml:4:\d+.*the image is missing in the name/s);
    assert.equal(s3ns.registry.log.length, 0);
  });

  it("a local image is pushed with docker and pulled by digest, and no process shows a secret", async (t) => {
    if (!requirePrograms(t, "docker", "dockerd") || !ready(t)) return;
    const { s3ns, mapping, runWith, printed } = await place();
    const dockerd = await startDockerd(s3ns.hosts);
    onEnd(dockerd.stop);
    await dockerd.importImage("my-image:latest", "content");
    await mapping("  - { source: docker-daemon:my-image, target: TARGET/my-project/my-repo/test-image:staging }\n");
    const watch = watchCommandLines();
    onEnd(async () => void watch.stop());
    const environment = { ...login("oauth2accesstoken", SECRETS.token), DOCKER_HOST: dockerd.host };
    const result = await runWith(environment, "apply", "--yes");
    assert.equal(result.code, 0, result.stdout + result.stderr);
    const listed = await runWith(environment, "list", `${S3NS_HOST}/my-project/my-repo/test-image`);
    const digest = /sha256:[a-f0-9]{64}/.exec(listed.stdout)?.[0] ?? "";
    assert.match(listed.stdout, /staging/);
    const config = await makeFolder({ "config.json": JSON.stringify({ auths: { [S3NS_HOST]: { auth: BASIC } } }) });
    onEnd(config.remove);
    const reference = `${S3NS_HOST}/my-project/my-repo/test-image@${digest}`;
    const env = { DOCKER_HOST: dockerd.host, DOCKER_CONFIG: config.path };
    const pulled = await runProgram("docker", ["pull", reference], { env });
    assert.equal(pulled.code, 0, pulled.stderr);
    const seen = watch.stop();
    assert.ok(
      seen.some((line) => line.includes("docker") && line.includes("system dial-stdio")),
      "docker was seen",
    );
    for (const hidden of [SECRETS.token, BASIC])
      for (const line of [...seen, ...printed]) assert.ok(!line.includes(hidden), line);
  });
});

type Ending = {
  readonly change: { readonly target: string };
  readonly result: {
    readonly outcome: string;
    readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
  };
};

/** Makes all tokens expire right before the first manifest is written. */
function endingTokens(): S3nsOptions {
  let time = Date.UTC(2026, 0, 1);
  let isOver = false;
  return {
    now: () => time,
    tokenSeconds: 60,
    interrupt: ({ method, kind }) => {
      if (method === "PUT" && kind === "manifest" && !isOver) {
        time += 61_000;
        isOver = true;
      }
      return undefined;
    },
  };
}

/** Makes all tokens expire while the second blob is on its way. */
function tokensThatEndDuringAnUpload(): S3nsOptions {
  let time = Date.UTC(2026, 0, 1);
  let uploads = 0;
  return {
    now: () => time,
    tokenSeconds: 60,
    interrupt: ({ method, kind }) => {
      if (method === "PUT" && kind === "upload") uploads += 1;
      if (uploads === 2) {
        uploads += 1;
        time += 61_000;
      }
      return undefined;
    },
  };
}

const BASIC = Buffer.from(`oauth2accesstoken:${SECRETS.token}`).toString("base64");

/** Records the command lines of all processes on this machine until it is stopped. */
function watchCommandLines(): { readonly stop: () => readonly string[] } {
  const seen = new Set<string>();
  const look = (): void => {
    for (const name of readdirSync("/proc").filter((entry) => /^[0-9]+$/.test(entry))) {
      try {
        seen.add(readFileSync(join("/proc", name, "cmdline"), "utf8").replaceAll("\0", " "));
      } catch {
        // the process has exited in the meantime
      }
    }
  };
  const timer = setInterval(look, 5);
  return {
    stop: () => {
      clearInterval(timer);
      return [...seen];
    },
  };
}
