import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { finished, makeFolder, startCli } from "../support/cli.ts";
import { startGoogleServices, SUBJECT_TOKEN } from "../support/google/services.ts";
import { smallImage } from "../support/images.ts";
import { startJsonServer } from "../support/json-server.ts";
import { runProgram, runProgramOk } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";
import { startForwardProxy } from "../support/forward-proxy.ts";
import { startSts } from "../support/sts.ts";
import { requirePackages, ROOT, VERSION } from "./support/packages.ts";

const { registry: start, onEnd } = createScope();
const ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
const GOOGLE = "europe-docker.pkg.dev";
const MAX_BYTES = 8 * 1024 * 1024;
/** Prints the built-in modules that a program loads, as `import NAME` or `require NAME`, and the memory-hungry objects that it makes. */
const LOADED = `
import { registerHooks } from "node:module";
registerHooks({
  resolve(name, context, next) {
    if (name.startsWith("node:")) process.stderr.write(context.conditions.find((one) => /^(import|require)$/.test(one)) + " " + name + "\\n");
    return next(name, context);
  },
});
Intl.Segmenter = class extends Intl.Segmenter {
  constructor(...options) {
    super(...options);
    process.stderr.write("new Intl.Segmenter\\n");
  }
};
`;

/** A folder with only the tarball installed. */
let installed: Awaited<ReturnType<typeof makeFolder>>;
before(async () => {
  installed = await makeFolder({ "package.json": "{}" });
  const packages = process.env["IMGSYNC_TEST_PACKAGES"];
  if (packages === undefined) return;
  const quiet = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const tarball = join(packages, `imgsync-${VERSION}.tgz`);
  await runProgramOk("npm", ["install", "--prefix", installed.path, tarball, ...quiet]);
});
after(() => installed.remove());

async function open(files: Readonly<Record<string, string>>) {
  const folder = await makeFolder(files);
  onEnd(folder.remove);
  const program = join(installed.path, "node_modules", "imgsync", "bin", "imgsync.js");
  const run = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    finished(startCli(args, { cwd: folder.path, environment, program }));
  return { folder, run };
}

describe("the package", () => {
  it("installs only itself, in less than 8 MB, with the licenses of the code that it bundles", async (t) => {
    if (requirePackages(t) === undefined) return;
    const modules = join(installed.path, "node_modules");
    assert.deepEqual(
      (await readdir(modules)).filter((name) => !name.startsWith(".")),
      ["imgsync"],
    );
    const files = (await readdir(modules, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    const sizes = await Promise.all(
      files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
    );
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(bytes < MAX_BYTES, `${bytes} bytes`);
    const licenses = await readFile(join(modules, "imgsync", "dist", "THIRD-PARTY-LICENSES.txt"), "utf8");
    for (const name of ["undici", "yaml", "commander", "@aws-sdk/core", "google-auth-library"])
      assert.match(licenses, new RegExp(`^${name} [0-9.]+ \\(.+\\)$`, "m"));
    assert.match(licenses, /Permission is hereby granted/);
    assert.match(licenses, /TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION/);
  });

  it("prints its version, and copies an image", async (t) => {
    if (requirePackages(t) === undefined) return;
    const registry = await start();
    registry.putImage("app", "v1", smallImage(1));
    const { run } = await open({
      "images.yaml": `version: 1\nregistries: { ${registry.host}: { plainHttp: true } }\nimages: [{ source: "${registry.host}/app:v1", target: ${registry.host}/copy }]\n`,
    });
    assert.equal((await run(["--version"])).stdout, `${VERSION}\n`);
    const { code, stdout, stderr } = await run(["apply", "--yes"]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /1 applied/);
  });

  it("starts and plans without what takes long to load and is not used, such as HTTP/2 and the fetch of Node.js", async (t) => {
    if (requirePackages(t) === undefined) return;
    const registry = await start();
    registry.putImage("app", "v1", smallImage(1));
    const { folder } = await open({
      "loaded.mjs": LOADED,
      "images.yaml": `version: 1\nregistries: { ${registry.host}: { plainHttp: true } }\nimages: [{ source: "${registry.host}/app:v1", target: ${registry.host}/copy }]\n`,
    });
    const run = (...words: readonly string[]) =>
      runProgram(join(ROOT, "node_modules", ".bin", "node"), [
        `--import=${join(folder.path, "loaded.mjs")}`,
        join(installed.path, "node_modules", "imgsync", "bin", "imgsync.js"),
        ...words,
      ]);
    const plan = (file: string) => run("plan", `--file=${join(folder.path, file)}`);
    const version = await run("--version");
    assert.match(version.stderr, /^import node:path$/m);
    assert.doesNotMatch(version.stderr, /node:(?:crypto|child_process|http|net)$|Segmenter/m);
    const { code, stderr } = await plan("images.yaml");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^require node:http$/m);
    // node:http loads the runtime's own fetch only if it is imported
    assert.doesNotMatch(stderr, /^import node:http$|node:http2|Segmenter/m);
    // a witness that the list has what is loaded
    await folder.write("größer.yaml", "version: 1\nimages: [{ sourc: x }]\n");
    assert.match((await plan("größer.yaml")).stderr, /^new Intl.Segmenter$/m);
  });

  it("gets AWS credentials for a role, and queries ECR with them", async (t) => {
    if (requirePackages(t) === undefined) return;
    const sts = await startSts();
    onEnd(sts.stop);
    const [source, target] = [await start(), await start()];
    source.putImage("app", "v1", smallImage(2));
    target.putImage("team/app", "v1", smallImage(1));
    const api = await startJsonServer({ "POST /": { repositories: [{ imageTagMutability: "IMMUTABLE" }] } });
    onEnd(api.stop);
    const proxy = await startForwardProxy(target.host);
    onEnd(proxy.stop);
    const { folder, run } = await open({
      "mine.yaml": `registries:
  "${source.host}": { plainHttp: true }
  "${ECR}": { plainHttp: true, api: "http://${api.host}" }
`,
      "images.yaml": `version: 1
images: [{ source: "${source.host}/app:v1", target: "${ECR}/team/app", referrers: false }]
`,
      "aws-credentials": "[base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = secret-key\n",
      "aws-config": "[profile plan]\nrole_arn = arn:aws:iam::123456789012:role/plan\nsource_profile = base\n",
    });
    const { code, stdout, stderr } = await run(["plan", "--config", "mine.yaml"], {
      HTTP_PROXY: proxy.url,
      AWS_PROFILE: "plan",
      AWS_CONFIG_FILE: join(folder.path, "aws-config"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder.path, "aws-credentials"),
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_ENDPOINT_URL_STS: sts.url,
    });
    assert.equal(code, 3, stdout + stderr);
    assert.equal(sts.log[0]?.signedBy, "AKIDBASE in eu-west-1");
    assert.match(String(api.log.at(-1)?.headers.authorization), /Credential=ASIAROLE\//);
  });

  it("gets Google access tokens through Workload Identity Federation and from the metadata server", async (t) => {
    if (requirePackages(t) === undefined) return;
    const services = await startGoogleServices();
    onEnd(services.stop);
    const { folder, run } = await open({
      token: SUBJECT_TOKEN,
      "images.yaml": `version: 1
registries:
  ${GOOGLE}: { auth: { applicationDefault: true } }
  us-docker.pkg.dev: { auth: { metadata: true } }
images: [{ source: "docker.io/library/a:1", target: docker.io/library/b }]
`,
    });
    const federation = {
      type: "external_account",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: `${services.url}/v1/token`,
      credential_source: { file: join(folder.path, "token") },
    };
    await folder.write("adc.json", JSON.stringify(federation));
    const environment = {
      GOOGLE_APPLICATION_CREDENTIALS: join(folder.path, "adc.json"),
      GCE_METADATA_HOST: services.host,
    };
    for (const [host, path] of [
      [GOOGLE, "/v1/token"],
      ["us-docker.pkg.dev", "/computeMetadata/"],
    ] as const) {
      const { code, stdout, stderr } = await run(["auth", "explain", "-f", "images.yaml", host], environment);
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /used: /);
      assert.ok(services.count(path) >= 1, path);
    }
  });
});
