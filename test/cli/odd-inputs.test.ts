import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

/** Hosts that URLs reject or interpret as something else. */
const HOSTS = [
  "a.9",
  "1.2.3",
  "0x7f.1",
  "1.2.3.4.5",
  "256.1.1.1",
  "010.0.0.1",
  "a..b",
  ".a.b",
  "a.b.",
  "-a.b",
  "a-.b",
  "a_b.c",
  "[::1",
  "::1]",
  "[]",
  "[:]",
  "[::g]",
  "[fe80::1%1]",
  "[1.2.3.4]",
  "[::1]]",
  "[::1]a",
  "xn--.a",
  "a.xn--",
  "caf\u00e9.test",
  "a.b:0",
  "a.b:99999",
  "a.b:-1",
  "a.b:1x",
  "a.b:",
  "a.b:1:2",
  "a b.c",
  "a%2fb.c",
  "a?b.c",
  "a#b.c",
  "a\\b.c",
  "a@b.c",
  "\u0000.a",
  "a.\n",
  "a.\u202E",
  "\uD800.a",
  "http://a.b",
  "//a.b",
  "${x}.a",
  "__proto__.a:1x",
  `${"a".repeat(300)}.b`,
];

const fine = { HTTPS_PROXY: "http://127.0.0.1:9", HTTP_PROXY: "http://127.0.0.1:9" };

async function run(files: Readonly<Record<string, string>>, args: readonly string[]) {
  const folder = await makeFolder(files);
  onEnd(folder.remove);
  const result = await runCli(args, { cwd: folder.path, environment: fine });
  const text = result.stdout + result.stderr;
  assert.doesNotMatch(text, /INTERNAL|this is a bug|\n\s+at /, `${args.join(" ")}: ${text}`);
  assert.ok(result.code === 0 || result.code === 1, `${args.join(" ")} ended with ${result.code}: ${text}`);
  return { ...result, text };
}

const quoted = (text: string): string => JSON.stringify(text.toWellFormed());

describe("an invalid host", () => {
  it("is refused in images.yaml as source, target, registry and mirror, without an internal error", async () => {
    const images = HOSTS.map((host) => `  - { source: ${quoted(`${host}/app:v1`)}, target: "b.test/app" }\n`);
    const targets = HOSTS.map((host) => `  - { source: "b.test/app:v1", target: ${quoted(`${host}/app`)} }\n`);
    const { code, text } = await run({ "images.yaml": `version: 1\nimages:\n${images.join("")}${targets.join("")}` }, [
      "validate",
    ]);
    assert.equal(code, 1);
    for (const host of ["a.9", "1.2.3", "0x7f.1", "256.1.1.1"])
      assert.equal(text.split(`"${host}" is not a host name`).length - 1, 2, host);
    const registries = HOSTS.map((host) => `  ${quoted(host)}: { mirrors: [${quoted(host)}] }\n`);
    const found = await run(
      {
        "images.yaml": `version: 1\nregistries:\n${registries.join("")}images:\n  - { source: "b.test/app:v1", target: "c.test/app" }\n`,
      },
      ["validate"],
    );
    assert.equal(found.code, 1);
    assert.match(found.text, /"a.9" is not a host name/);
  });

  it("is refused in settings as registry, trusted realm, upload host, API and plain-HTTP host", async () => {
    const registries = Object.fromEntries(
      HOSTS.map((host) => [host, { trustedRealms: [host], uploadHosts: [host], api: `https://${host}` }]),
    );
    const settings = { registries, allowPlainHttp: HOSTS };
    const { code, text } = await run({ "settings.json": JSON.stringify(settings) }, [
      "list",
      "127.0.0.1:9/app",
      "--config",
      "settings.json",
    ]);
    assert.equal(code, 1);
    assert.match(text, /CONFIG_INVALID/);
  });

  // each command starts a process, so only two hosts: all go through the same parser
  for (const host of ["a.9", "[::1"]) {
    it(`is refused on the command line: ${host}`, async () => {
      const files = { "images.yaml": 'version: 1\nimages:\n  - { source: "b.test/app:v1", target: "c.test/app" }\n' };
      const commands = [
        ["list", `${host}/app`],
        ["explain", `${host}/app:v1`],
        ["auth", "explain", host],
        ["auth", "explain", `${host}/app`],
        ["auth", "configure", host, "--helper", "none"],
        ["doctor", host],
        ["plan", "--allow-plain-http", host],
      ];
      const results = await Promise.all(commands.map((args) => run(files, args)));
      for (const [at, { code, text }] of results.entries()) {
        const words = `${commands[at]?.join(" ")}: ${text}`;
        assert.equal(code, 1, words);
        assert.match(text, /^error: .*\[(?:USAGE|CONFIG_INVALID)\]/m, words);
        assert.ok(text.includes(`"${host}`), words);
      }
    });
  }
});

describe("malformed response headers", () => {
  const headers: readonly (readonly [string, number, Readonly<Record<string, string>>])[] = [
    ["a Location that is not an address", 307, { location: "http://[" }],
    ["a Location on a host that cannot be", 307, { location: "https://a.9/x" }],
    ["a Location of another kind", 307, { location: "javascript:alert(1)" }],
    ["an empty Location", 307, { location: "" }],
    ["a realm that is not an address", 401, { "www-authenticate": 'Bearer realm="http://["' }],
    ["a realm on a host that cannot be", 401, { "www-authenticate": 'Bearer realm="https://a.9/token"' }],
    ["a realm of another kind", 401, { "www-authenticate": 'Bearer realm="mailto:a@b"' }],
    ["an empty realm", 401, { "www-authenticate": 'Bearer realm=""' }],
    ["a challenge of commas", 401, { "www-authenticate": ',,=,",Bearer,=' }],
    ["a challenge that is never closed", 401, { "www-authenticate": 'Bearer realm="http://a' }],
    ["no challenge", 401, {}],
    ["an odd digest", 200, { "docker-content-digest": "sha256:../..", "content-type": 'a;b="' }],
    ["an odd type", 200, { "content-type": ";;;," }],
  ];
  it("fail the plan without an internal error", async () => {
    const target = await start();
    const source = await start({
      onRequest: ({ path }) => {
        const [, status, answer] = headers[Number(/\/odd-(\d+)\//.exec(path)?.[1])] ?? ["", 404, {}];
        return { kind: "answer", status, headers: answer, body: "{" };
      },
    });
    const entries = headers.map(
      (_, index) => `  - { source: "${source.host}/odd-${index}:v1", target: "${target.host}/odd-${index}" }\n`,
    );
    const registries = [source, target].map(({ host }) => `  "${host}": { plainHttp: true }\n`);
    const manifest = `version: 1\nregistries:\n${registries.join("")}images:\n${entries.join("")}`;
    const { code, stdout } = await run({ "images.yaml": manifest }, ["plan", "--format", "json"]);
    assert.equal(code, 1);
    for (const [index, [name]] of headers.entries()) assert.match(stdout, new RegExp(`/odd-${index}:v1`), name);
  });
});
