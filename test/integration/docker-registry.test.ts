import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { TestImage } from "../support/images.ts";
import { image, smallImage, twoPlatformIndex } from "../support/images.ts";
import { randomLayer, tarLayer } from "../support/layers.ts";
import { makeCertificates } from "../support/certificates.ts";
import { type CliResult, finished, makeFolder, runCli, startCli } from "../support/cli.ts";
import { type CountingProxy, startCountingProxy } from "../support/counting-proxy.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { requirePrograms } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";
import { skopeoInspectRaw } from "../support/skopeo.ts";

const { onEnd } = createScope();

type Real = {
  readonly source: CountingProxy;
  readonly target: CountingProxy;
  readonly push: (repository: string, tag: string, pushed: TestImage) => Promise<unknown>;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  readonly folder: Awaited<ReturnType<typeof makeFolder>>;
  readonly mapping: (text: string) => Promise<void>;
};

/** Starts two real docker-registries, each behind a counting proxy. */
async function real(): Promise<Real> {
  const registries = [await startDockerRegistry(), await startDockerRegistry()] as const;
  for (const { stop } of registries) onEnd(stop);
  const [source, target] = [await startCountingProxy(registries[0].host), await startCountingProxy(registries[1].host)];
  onEnd(source.stop);
  onEnd(target.stop);
  const folder = await makeFolder();
  onEnd(folder.remove);
  return {
    source,
    target,
    folder,
    push: (repository, tag, pushed) => pushImage(registries[0].host, repository, tag, pushed),
    run: (...args) => runCli(args, { cwd: folder.path }),
    mapping: (text) => {
      const hosts = `registries:\n  ${source.host}: { plainHttp: true }\n  ${target.host}: { plainHttp: true }\n`;
      return folder.write(
        "images.yaml",
        `version: 1\n${hosts}${text.replaceAll("SOURCE", source.host).replaceAll("TARGET", target.host)}`,
      );
    },
  };
}

function ready(t: TestContext): boolean {
  return requirePrograms(t, "docker-registry", "skopeo");
}

describe("between two docker-registries", () => {
  it("an index with two platforms and annotations arrives byte for byte, and a second apply sends no write", async (t) => {
    if (!ready(t)) return;
    const { source, target, push, run, mapping } = await real();
    const index = twoPlatformIndex(1, { attestations: true });
    await push("team/app", "v1", index);
    await mapping("images:\n  - { source: SOURCE/team/app:v1, target: TARGET/mirror/app }\n");
    const first = await run("apply", "--yes");
    assert.equal(first.code, 0, first.stderr + first.stdout);
    const arrived = await skopeoInspectRaw(`${target.host}/mirror/app:v1`);
    assert.equal(Buffer.compare(arrived, index.bytes), 0);
    for (const child of index.children) {
      assert.equal(Buffer.compare(await skopeoInspectRaw(`${target.host}/mirror/app@${child.digest}`), child.bytes), 0);
    }
    source.clearLog();
    target.clearLog();
    const second = await run("apply", "--yes");
    assert.equal(second.code, 0);
    assert.equal(target.log.filter(isWrite).length, 0);
    assert.deepEqual([...source.log, ...target.log].map(({ method, kind }) => `${method} ${kind}`).toSorted(), [
      "GET referrers",
      "GET tags",
      "HEAD manifest",
      "HEAD manifest",
    ]);
  });

  it("200 small tags in 8 repositories need at most 10.3 requests per tag, and a shared layer is read once", async (t) => {
    if (!ready(t)) return;
    const { source, target, push, run, mapping } = await real();
    const base = tarLayer({ base: "shared by all" });
    for (let at = 0; at < 200; at += 1) {
      const layers = at % 10 === 0 ? [base, tarLayer({ own: String(at) })] : [tarLayer({ own: String(at) })];
      await push(`app${at % 8}`, `v${at}`, image({ layers }));
    }
    const entry = (at: number): string => {
      const tags = Array.from({ length: 25 }, (_, count) => `v${count * 8 + at}`);
      return `  - { source: SOURCE/app${at}, target: TARGET/mirror/app${at}, tags: [${tags.join(", ")}] }\n`;
    };
    await mapping(`images:\n${Array.from({ length: 8 }, (_, at) => entry(at)).join("")}`);
    const first = await run("apply", "--yes");
    assert.equal(first.code, 0, first.stderr + first.stdout);
    const requests = source.log.length + target.log.length;
    assert.ok(requests <= 200 * 10.3, `${requests} requests`);
    assert.equal(source.countRequests({ method: "GET", reference: base.descriptor.digest }), 1);
    // idle connections may be closed on a busy machine; a client that opens one per request needs ten times as many
    assert.ok(source.connections() + target.connections() <= 200, "sockets are used again");
    source.clearLog();
    target.clearLog();
    assert.equal((await run("plan", "--detailed-exitcode")).code, 0);
    const looks = [...source.log, ...target.log].filter(({ method }) => method === "HEAD");
    assert.equal(looks.length, 400);
    const others = [...source.log, ...target.log].filter(({ method }) => method !== "HEAD");
    const lists = others.filter(({ method, kind }) => method === "GET" && kind === "tags");
    assert.equal(lists.length, 8, "one list for each source repository");
    assert.equal(source.countRequests({ method: "GET", kind: "referrers" }), 1, "one question for the host");
    assert.equal(others.length, 8 + 1);
  });

  it("a platform subset arrives as the planned index, and the next plan has nothing to do", async (t) => {
    if (!ready(t)) return;
    const { target, push, run, mapping } = await real();
    await push("app", "v1", twoPlatformIndex(1, { attestations: true }));
    await mapping("images:\n  - { source: SOURCE/app:v1, target: TARGET/app, platforms: [linux/arm64] }\n");
    const first = await run("apply", "--yes");
    assert.equal(first.code, 0, first.stderr + first.stdout);
    const index = JSON.parse(Buffer.from(await skopeoInspectRaw(`${target.host}/app:v1`)).toString("utf8"));
    assert.equal(index.manifests.length, 2, "the image and its attestation");
    assert.equal((await run("plan", "--detailed-exitcode")).code, 0);
  });

  it("a moved tag under an immutable rule is blocked with the position of the rule, and no write is sent", async (t) => {
    if (!ready(t)) return;
    const { target, push, run, mapping } = await real();
    await push("app", "v1", smallImage(1));
    await mapping("images:\n  - { source: SOURCE/app:v1, target: TARGET/app }\n");
    assert.equal((await run("apply", "--yes")).code, 0);
    await push("app", "v1", smallImage(2));
    await mapping(
      'immutable:\n  - repositories: "**"\n    tags: ["v*"]\nimages:\n  - { source: SOURCE/app:v1, target: TARGET/app }\n',
    );
    target.clearLog();
    const planned = await run("plan");
    assert.equal(planned.code, 3);
    assert.match(planned.stdout, /blocked .*images\.yaml:6:5/);
    assert.equal((await run("apply", "--yes")).code, 3);
    assert.equal(target.log.filter(isWrite).length, 0);
  });

  it("kill -9 in the middle of a layer leaves no tag, and the next apply converges", async (t) => {
    if (!ready(t)) return;
    const { target, folder, push, run, mapping } = await real();
    const copied = image({ layers: [randomLayer({ size: 60_000_000, seed: 1 })] });
    await push("app", "v1", copied);
    await mapping("images:\n  - { source: SOURCE/app:v1, target: TARGET/app }\n");
    const child = startCli(["apply", "--yes"], { cwd: folder.path });
    const end = finished(child);
    const isUnderWay = (): boolean => target.log.some(({ method, bytesIn }) => method === "PUT" && bytesIn > 1_000_000);
    while (!isUnderWay() && child.exitCode === null) await new Promise((resolve) => setImmediate(resolve));
    child.kill("SIGKILL");
    assert.equal((await end).signal, "SIGKILL");
    const before = await run("plan");
    assert.match(before.stdout, /1 to create/);
    assert.equal((await run("apply", "--yes")).code, 0);
    assert.equal(Buffer.compare(await skopeoInspectRaw(`${target.host}/app:v1`), copied.bytes), 0);
  });
});

describe("docker-registry with TLS and passwords", () => {
  it("is used with its own CA, a client certificate and the credentials in Docker's config.json", async (t) => {
    if (!requirePrograms(t, "docker-registry", "skopeo", "openssl", "htpasswd")) return;
    const certificates = await makeCertificates();
    onEnd(certificates.remove);
    const { ca, client } = certificates;
    const user = { username: "ada", password: "s3cret-of-the-test" };
    const source = await startDockerRegistry({ tls: { certificates }, htpasswd: user });
    const target = await startDockerRegistry({ tls: { certificates, client: true } });
    onEnd(source.stop);
    onEnd(target.stop);
    const copied = twoPlatformIndex(3);
    await pushImage(source.host, "app", "v1", copied, { tls: { ca }, credentials: user });
    const folder = await makeFolder({ "ca.pem": ca, "client.pem": client.certificate, "client-key.pem": client.key });
    onEnd(folder.remove);
    const auth = Buffer.from(`${user.username}:${user.password}`).toString("base64");
    await folder.write("config.json", JSON.stringify({ auths: { [source.host]: { auth } } }));
    const manifest = (files: string): string =>
      `version: 1\nregistries:\n  ${source.host}: { ca: ca.pem }\n  ${target.host}: ${files}\nimages:\n  - { source: "${source.host}/app:v1", target: ${target.host}/app }\n`;
    const options = { cwd: folder.path, environment: { DOCKER_CONFIG: folder.path } };
    await folder.write("images.yaml", manifest("{ ca: ca.pem }"));
    const refused = await runCli(["plan"], options);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /client certificate/);
    await folder.write(
      "images.yaml",
      manifest("{ ca: ca.pem, clientCertificate: { certificate: client.pem, key: client-key.pem } }"),
    );
    const unknown = await runCli(["plan"], { cwd: folder.path });
    assert.equal(unknown.code, 1);
    assert.match(unknown.stdout, /no credentials were found/);
    const result = await runCli(["apply", "--yes"], options);
    assert.equal(result.code, 0, result.stdout + result.stderr);
    const arrived = await skopeoInspectRaw(`${target.host}/app:v1`, { certificateFolder: certificates.folder });
    assert.equal(Buffer.compare(arrived, copied.bytes), 0);
    for (const { stdout, stderr } of [refused, unknown, result])
      assert.ok(![user.password, auth].some((secret) => (stdout + stderr).includes(secret)));
  });

  it("is not trusted without its CA, and the error shows how to set it", async (t) => {
    if (!requirePrograms(t, "docker-registry", "openssl")) return;
    const certificates = await makeCertificates();
    onEnd(certificates.remove);
    const source = await startDockerRegistry({ tls: { certificates } });
    onEnd(source.stop);
    const folder = await makeFolder({
      "images.yaml": `version: 1\nimages:\n  - { source: "${source.host}/app:v1", target: ${source.host}/b }\n`,
    });
    onEnd(folder.remove);
    const result = await runCli(["plan"], { cwd: folder.path });
    assert.equal(result.code, 1);
    assert.match(result.stdout, /is not trusted.*\n.*ca: FILE\.pem/);
  });
});
