import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startArtifactRegistryRest } from "../support/artifact-registry-rest.ts";
import { AR_NAME } from "../support/artifact-registry-world.ts";
import { makeCertificates } from "../support/certificates.ts";
import { makeFolder, runCli } from "../support/cli.ts";
import { utf16le } from "../support/encodings.ts";
import { startForwardProxy } from "../support/forward-proxy.ts";
import { ACCOUNT, startGoogleServices } from "../support/google/services.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();
const HOST = "europe-docker.pkg.dev";

/** An Artifact Registry host behind a proxy that accepts these users, and a function that runs imgsync in a folder. */
async function open(auth: string, users: Record<string, string>) {
  const certificates = await makeCertificates();
  onEnd(certificates.remove);
  const { certificate, key } = certificates.server;
  const registry = await start({ tls: { certificate, key }, auth: { kind: "token", users } });
  registry.putImage("my-project/my-repo/app", "v1", smallImage(1));
  const proxy = await startForwardProxy(registry.host);
  onEnd(proxy.stop);
  const folder = await makeFolder({
    "images.yaml": `version: 1
registries: { ${HOST}: { auth: ${auth} } }
images: [{ source: "${HOST}/my-project/my-repo/app:v1", target: "${HOST}/my-project/my-repo/copy" }]
`,
    "own.yaml": `registries: { ${HOST}: { insecureTls: true } }\n`,
  });
  onEnd(folder.remove);
  const run = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    runCli([...args, "--config", "own.yaml"], {
      cwd: folder.path,
      environment: { HTTPS_PROXY: proxy.url, ...environment },
    });
  return { registry, folder, run };
}

/** The secret as it is, in base64 and URL-encoded. */
function formsOf(secret: string): readonly string[] {
  return [secret, Buffer.from(secret).toString("base64").replace(/=+$/, ""), encodeURIComponent(secret)];
}

describe("Google's credentials on the command line", () => {
  it("a key authenticates at the registry and appears in no output", async () => {
    const services = await startGoogleServices();
    onEnd(services.stop);
    const key = services.makeKey();
    const users: Record<string, string> = {};
    const { registry, folder, run } = await open("{ keyFile: key.json }", users);
    users["_json_key"] = JSON.stringify(key);
    await folder.write("key.json", users["_json_key"]);
    const planned = await run(["plan", "--out", "plan.json", "--verbose"]);
    assert.equal(planned.code, 0, planned.stderr);
    const applied = await run(["apply", "plan.json", "--yes", "--format", "json"]);
    assert.equal(applied.code, 0, applied.stderr);
    assert.equal(registry.store.tags("my-project/my-repo/copy").size, 1);
    users["_json_key"] = "another";
    const refused = await run(["plan"]);
    assert.equal(refused.code, 1);
    const outputs = [planned, applied, refused].flatMap(({ stdout, stderr }) => [stdout, stderr]);
    const text = [...outputs, await readFile(join(folder.path, "plan.json"), "utf8")].join("\n");
    const pem = String(key["private_key"]).split("\n")[5] ?? "";
    assert.ok(pem.length > 20);
    for (const form of formsOf(pem)) assert.ok(!text.includes(form));
    assert.match(text, /the key of mirror@my-project\.iam\.gserviceaccount\.com in key\.json were refused/);
  });

  it("a key, a manifest, settings and a plan in UTF-16, as PowerShell writes them, work as in UTF-8", async () => {
    const services = await startGoogleServices();
    onEnd(services.stop);
    const text = `${JSON.stringify(services.makeKey(), undefined, 2).replaceAll("\n", "\r\n")}\r\n`;
    const { registry, folder, run } = await open("{ keyFile: key.json }", { _json_key: text.trim() });
    const rewrite = async (name: string, content: string): Promise<void> =>
      writeFile(join(folder.path, name), utf16le(content.replaceAll("\n", "\r\n")));
    await writeFile(join(folder.path, "key.json"), utf16le(text));
    for (const name of ["images.yaml", "own.yaml"]) await rewrite(name, await folder.read(name));
    const planned = await run(["plan", "--format", "json"]);
    assert.equal(planned.code, 0, planned.stderr);
    await rewrite("plan.json", planned.stdout);
    const applied = await run(["apply", "plan.json", "--yes"]);
    assert.equal(applied.code, 0, applied.stderr);
    assert.equal(registry.store.tags("my-project/my-repo/copy").get("v1"), smallImage(1).digest);
  });

  it("a token from the environment authenticates at its host, never for an untrusted manifest, and appears in no output", async () => {
    const token = "ya29.token-that-must-stay-secret";
    const { run, registry } = await open("{ accessToken: true }", { oauth2accesstoken: token });
    const environment = { IMGSYNC_ACCESS_TOKEN_EUROPE__DOCKER_PKG_DEV: token };
    const planned = await run(["plan", "--format", "json"], environment);
    assert.equal(planned.code, 0, planned.stderr);
    registry.clearLog();
    const untrusted = await run(["plan", "--untrusted"], environment);
    assert.equal(untrusted.code, 1);
    assert.ok(!registry.log.some(({ headers }) => headers.authorization?.startsWith("Basic")));
    const unset = await run(["plan"]);
    assert.match(unset.stdout + unset.stderr, /IMGSYNC_ACCESS_TOKEN_EUROPE__DOCKER_PKG_DEV is not set/);
    const text = [planned, untrusted, unset].flatMap(({ stdout, stderr }) => [stdout, stderr]).join("\n");
    for (const form of formsOf(token)) assert.ok(!text.includes(form));
  });
});

describe("a key of S3NS with Google's token_uri on the command line", () => {
  const S3NS = "u-france-east1-docker.s3nsregistry.fr";
  const AT = `${S3NS}/my-project/my-repo`;

  /** A registry and API that accept only self-signed tokens, and Google's token service, which would exchange the key. */
  async function openS3ns(auth: string) {
    const certificates = await makeCertificates();
    onEnd(certificates.remove);
    const { certificate, key } = certificates.server;
    const google = await startGoogleServices({ tls: certificates.server });
    onEnd(google.stop);
    const isSelfSigned = (token: string): boolean => {
      const [, claims = ""] = token.split(".");
      return claims !== "" && JSON.parse(Buffer.from(claims, "base64url").toString("utf8")).iss === ACCOUNT;
    };
    const users: Record<string, string> = {};
    const registry = await start({
      tls: { certificate, key },
      auth: { kind: "token", users },
      onRequest: ({ headers }) => {
        const [, encoded = ""] = /^Basic (.+)$/.exec(headers.authorization ?? "") ?? [];
        const [, token = ""] = /^oauth2accesstoken:(.+)$/.exec(Buffer.from(encoded, "base64").toString("utf8")) ?? [];
        if (isSelfSigned(token)) users["oauth2accesstoken"] = token;
      },
    });
    registry.putImage("my-project/my-repo/app", "v1", smallImage(1));
    const digest = smallImage(1).digest;
    const rest = await startArtifactRegistryRest({
      repositories: new Map([[AR_NAME, { immutableTags: true, images: [{ image: "app", digest, tags: ["v1"] }] }]]),
      token: isSelfSigned,
      registry: S3NS,
    });
    onEnd(rest.stop);
    const proxy = await startForwardProxy(registry.host, { "oauth2.googleapis.com": google.host });
    onEnd(proxy.stop);
    const text = JSON.stringify(
      google.makeKey({ token_uri: "https://oauth2.googleapis.com/token", universe_domain: "s3nsapis.fr" }),
    );
    users["_json_key"] = text;
    const folder = await makeFolder({
      "key.json": text,
      "images.yaml": `version: 1
registries: { ${S3NS}: { auth: ${auth} } }
images: [{ source: "${AT}/app:v1", target: "${AT}/copy" }]
`,
      "own.yaml": `registries:
  ${S3NS}: { insecureTls: true, api: "${rest.url}" }
  oauth2.googleapis.com: { insecureTls: true }
`,
    });
    onEnd(folder.remove);
    const environment = { HTTPS_PROXY: proxy.url, GOOGLE_APPLICATION_CREDENTIALS: join(folder.path, "key.json") };
    const run = (...args: readonly string[]) =>
      runCli([...args, "--config", "own.yaml"], { cwd: folder.path, environment });
    return { google, proxy, rest, run };
  }

  for (const auth of [
    "{ keyFile: key.json, exchange: true }",
    "{ applicationDefault: true }",
    "{ keyFile: key.json }",
  ]) {
    it(`is used by every command and never sent to Google: auth: ${auth}`, async () => {
      const { google, proxy, rest, run } = await openS3ns(auth);
      const planned = await run("plan", "--verbose");
      assert.equal(planned.code, 0, planned.stdout + planned.stderr);
      const checked = await run("doctor");
      assert.match(checked.stdout, /immutable +all tags, according to artifactregistry\.s3nsapis\.fr/);
      const listed = await run("list", AT, "-f", "images.yaml");
      assert.match(listed.stdout, /^app +sha256:[0-9a-f]{64} +v1/m, listed.stderr);
      assert.ok(rest.log.some((line) => line.includes("/dockerImages")));
      assert.deepEqual(google.seen, []);
      assert.deepEqual([...new Set(proxy.seen)], [`CONNECT ${S3NS}:443`]);
    });
  }
});
