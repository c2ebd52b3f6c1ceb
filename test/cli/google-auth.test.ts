import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { makeCertificates } from "../support/certificates.ts";
import { makeFolder, runCli } from "../support/cli.ts";
import { utf16le } from "../support/encodings.ts";
import { startForwardProxy } from "../support/forward-proxy.ts";
import { startGoogleServices } from "../support/google/services.ts";
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
