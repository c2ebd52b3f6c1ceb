import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createHosts, type Hosts, type HostsOptions } from "../../src/products/api/hosts.ts";
import { KNOWN_UNIVERSES } from "../../src/products/universes.ts";
import { defaultHostSettings } from "../../src/model/host-settings.ts";
import { secret } from "../../src/model/secret.ts";
import type { TagPolicy } from "../../src/model/tag-policy.ts";
import { createApiClient } from "../../src/http/api.ts";
import { LIMITS } from "../../src/http/limits.ts";
import { instantClock } from "../support/client.ts";
import { type JsonServer, startJsonServer, withHeaders } from "../support/json-server.ts";
import { startExpiringItem } from "../support/expiring-item.ts";
import { untilIdle } from "../support/hold.ts";
import { calm, createScope } from "../support/scope.ts";

const { client, onEnd } = createScope();
const PASSWORD = "s3cret";
const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: secret("example") };

async function serve(...args: Parameters<typeof startJsonServer>): Promise<JsonServer> {
  const server = await startJsonServer(...args);
  onEnd(server.stop);
  return server;
}

/** All products, with their APIs at `server`. */
function hostsAt(server: Pick<JsonServer, "host">, rest: Partial<HostsOptions> = {}): Hosts {
  const { egress } = client();
  return createHosts({
    api: createApiClient({ egress, clock: instantClock(), random: () => 0 }),
    apiSettings: () => ({ ...defaultHostSettings(server.host), plainHttp: true }),
    credentials: { find: async () => ({ kind: "basic", username: "ada", password: secret(PASSWORD), origin: "here" }) },
    accessTokens: { find: async () => undefined },
    apiToken: () => undefined,
    aws: { find: async () => KEYS },
    universes: KNOWN_UNIVERSES,
    named: () => undefined,
    ...rest,
  });
}

async function ask(hosts: Hosts, host: string, path: string, tags: readonly string[]): Promise<TagPolicy> {
  const policy = await hosts.tagPolicy({ host, path }, { tags, ...calm });
  assert.ok(policy, `${host} is no product`);
  return policy;
}

const TAGS = ["v1", "v2-rc1", "latest"];

// The answers below have the fields and nesting that the vendors document: Amazon ECR API reference (DescribeRepositories),
// Harbor's api/v2.0/swagger.yaml (ImmutableRule), Docker Hub API (repository), Quay API reference (tag), ACR data plane
// (AcrTagAttributes, AcrRepositoryAttributes).

describe("ECR", () => {
  const HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
  const answer = (setting: string, ...filters: readonly string[]) => ({
    "POST /": {
      repositories: [
        {
          repositoryArn: "arn:aws:ecr:eu-west-1:123456789012:repository/team/app",
          registryId: "123456789012",
          repositoryName: "team/app",
          repositoryUri: `${HOST}/team/app`,
          createdAt: 1.5e9,
          imageTagMutability: setting,
          ...(filters.length === 0
            ? {}
            : { imageTagMutabilityExclusionFilters: filters.map((filter) => ({ filterType: "WILDCARD", filter })) }),
        },
      ],
    },
  });
  const cases: readonly (readonly [string, readonly string[], "all" | readonly string[]])[] = [
    ["MUTABLE", [], []],
    ["IMMUTABLE", [], "all"],
    ["IMMUTABLE_WITH_EXCLUSION", ["latest", "*-rc*"], ["v1"]],
    ["MUTABLE_WITH_EXCLUSION", ["v*"], ["v1", "v2-rc1"]],
  ];
  for (const [setting, filters, expected] of cases) {
    it(`reports the setting ${setting} with ${filters.length} filters`, async () => {
      const server = await serve(answer(setting, ...filters));
      const policy = await ask(hostsAt(server), HOST, "team/app", TAGS);
      assert.deepEqual(policy.immutable, expected);
      assert.equal(policy.unknown, undefined);
      const [request] = server.log;
      assert.match(
        request?.headers.authorization ?? "",
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/[0-9]{8}\/eu-west-1\/ecr\/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target, Signature=[0-9a-f]{64}$/,
      );
      assert.equal(request?.headers["content-type"], "application/x-amz-json-1.1");
      assert.deepEqual(JSON.parse(request?.body ?? ""), { registryId: "123456789012", repositoryNames: ["team/app"] });
    });
  }

  it("reports unknown without keys and for a new setting", async () => {
    const server = await serve(answer("IMMUTABLE"));
    assert.match(
      (await ask(hostsAt(server, { aws: { find: async () => undefined } }), HOST, "team/app", TAGS)).unknown ?? "",
      /no AWS credentials were found/,
    );
    assert.equal(server.log.length, 0);
    const newer = hostsAt(await serve(answer("FROZEN")));
    assert.match((await ask(newer, HOST, "team/app", TAGS)).unknown ?? "", /does not know/);
  });
});

describe("Harbor", () => {
  const HOST = "harbor.example.com";
  const LINE = "GET /api/v2.0/projects/team/immutabletagrules?page=1&page_size=100";
  const rule = (
    pattern: string,
    { decoration = "matches", repository = "**", scope = "repoMatches", disabled = false } = {},
  ) => ({
    id: 1,
    disabled,
    action: "immutable",
    template: "immutable_template",
    tag_selectors: [{ kind: "doublestar", decoration, pattern }],
    scope_selectors: { repository: [{ kind: "doublestar", decoration: scope, pattern: repository }] },
  });
  const named = { named: () => "harbor" };

  it("applies rules to the tags of their repositories, unless they are disabled", async () => {
    const rules = [
      rule("v*", { repository: "app" }),
      rule("**", { repository: "other/**" }),
      rule("**", { disabled: true }),
      rule("v*", { decoration: "excludes", scope: "repoExcludes", repository: "app" }),
    ];
    const server = await serve({ [LINE]: withHeaders(rules, { "x-total-count": "4" }) });
    const hosts = hostsAt(server, named);
    const policy = await ask(hosts, HOST, "team/app", TAGS);
    assert.deepEqual(policy.immutable, ["v1", "v2-rc1"]);
    assert.equal(policy.unknown, undefined);
    assert.deepEqual((await ask(hosts, HOST, "team/another", TAGS)).immutable, ["latest"]);
    assert.equal(server.log.length, 1, "one request for the project");
    assert.match(server.log[0]?.headers.authorization ?? "", /^Basic /);
  });

  it("reports unknown for rules that cannot be read, and when the API refuses", async () => {
    const rules = [rule("v[[:alpha:]]"), rule("latest")];
    const hosts = hostsAt(await serve({ [LINE]: withHeaders(rules, { "x-total-count": "2" }) }), named);
    const policy = await ask(hosts, HOST, "team/app", TAGS);
    assert.deepEqual(policy.immutable, ["latest"]);
    assert.match(policy.unknown ?? "", /cannot be read/);
    const refused = await ask(hostsAt(await serve({ [LINE]: 403 }), named), HOST, "team/app", TAGS);
    assert.match(refused.unknown ?? "", /answered 403; that needs a robot account/);
  });

  const SECOND = LINE.replace("page=1", "page=2");
  const hundred = Array.from({ length: 100 }, (_, at) => rule(`other-${at}`));

  it("reads all pages of rules, by their number or up to an empty page", async () => {
    const counted = { "x-total-count": "101" };
    const worlds = [
      { [LINE]: withHeaders(hundred, counted), [SECOND]: withHeaders([rule("v*")], counted) },
      { [LINE]: hundred, [SECOND]: [rule("v*")], [LINE.replace("page=1", "page=3")]: [] },
    ];
    for (const world of worlds) {
      const server = await serve(world);
      const policy = await ask(hostsAt(server, named), HOST, "team/app", TAGS);
      assert.deepEqual([policy.immutable, policy.unknown], [["v1", "v2-rc1"], undefined]);
      assert.equal(server.log.length, Object.keys(world).length);
    }
  });

  it("reports unknown when rules may be missing, with those that it read", async () => {
    const first = [rule("v1"), ...hundred.slice(1)];
    const cases = [
      [{ [SECOND]: 403 }, /answered 403; that needs a robot account/],
      [{ [SECOND]: {} }, /not a list of rules/],
      [{ [SECOND]: first }, /pages repeat/],
      [{ [SECOND]: withHeaders([], { "x-total-count": "150" }) }, /has 150 rules for the project and lists only 100/],
    ] as const;
    for (const [second, unknown] of cases) {
      const policy = await ask(hostsAt(await serve({ [LINE]: first, ...second }), named), HOST, "team/app", TAGS);
      assert.deepEqual(policy.immutable, ["v1"]);
      assert.match(policy.unknown ?? "", unknown);
    }
  });
});

describe("Docker Hub", () => {
  const answers = (settings: unknown) => ({
    "POST /v2/auth/token": { access_token: "hub-token" },
    "GET /v2/namespaces/team/repositories/app": {
      user: "team",
      name: "app",
      namespace: "team",
      repository_type: "image",
      status: 1,
      immutable_tags_settings: settings,
    },
  });
  const hosts = async (settings: unknown) => hostsAt(await serve(answers(settings)));

  it("applies rules only when they are enabled", async () => {
    const off = await ask(await hosts({ enabled: false, rules: [".*"] }), "docker.io", "team/app", TAGS);
    assert.deepEqual(off, { by: "hub.docker.com", immutable: [] });
    const on = await ask(await hosts({ enabled: true, rules: [".*"] }), "docker.io", "team/app", TAGS);
    assert.deepEqual(on.immutable, TAGS);
  });

  it("logs in once per user, with the credentials of each namespace", async () => {
    const settings = { immutable_tags_settings: { enabled: true, rules: [".*"] } };
    const token = { access_token: "hub-token" };
    const repositories = ["one/a", "one/b", "two/a"].map((path) => {
      const [namespace, name] = path.split("/");
      return [`GET /v2/namespaces/${namespace}/repositories/${name}`, settings] as const;
    });
    const server = await serve({ "POST /v2/auth/token": token, ...Object.fromEntries(repositories) });
    const hosts = hostsAt(server, {
      credentials: {
        find: async ({ path }) => {
          const username = path.split("/", 1)[0] ?? "";
          return { kind: "basic", username, password: secret(PASSWORD), origin: "here" };
        },
      },
    });
    for (const path of ["one/a", "one/b", "two/a"])
      assert.deepEqual((await ask(hosts, "docker.io", path, TAGS)).immutable, TAGS, path);
    const logins = server.log.filter(({ line }) => line.startsWith("POST"));
    assert.deepEqual(
      logins.map(({ body }) => (JSON.parse(body) as { readonly identifier: unknown }).identifier),
      ["one", "two"],
    );
  });

  it("reports unknown when a rule matches only part of a tag, and when the rules cannot be read or are missing", async () => {
    const policy = await ask(await hosts({ enabled: true, rules: ["v\\d+"] }), "docker.io", "team/app", TAGS);
    assert.deepEqual(policy.immutable, ["v1"]);
    assert.match(policy.unknown ?? "", /may cover v2-rc1$/);
    const unread = await ask(await hosts({ enabled: true, rules: ["(?i)V"] }), "docker.io", "team/app", TAGS);
    assert.match(unread.unknown ?? "", /v1, v2-rc1, latest/);
    assert.match((await ask(await hosts(undefined), "docker.io", "team/app", TAGS)).unknown ?? "", /does not report/);
  });
});

describe("Quay", () => {
  const page = (names: readonly string[], more = false) => ({
    tags: names.map((name) => ({ name, reversion: false, immutable: name.startsWith("v") })),
    page: 1,
    has_additional: more,
  });
  const START = "GET /api/v1/repository/team/app/tag/?onlyActiveTags=true&";

  it("reports immutability on each tag, with a token for that host", async () => {
    const server = await serve(
      Object.fromEntries(TAGS.map((tag) => [`${START}specificTag=${tag}&limit=100&page=1`, page([tag])])),
      ({ headers }) => headers.authorization === "Bearer quay-token",
    );
    const apiToken = (host: string) => (host === "quay.io" ? secret("quay-token") : undefined);
    const policy = await ask(hostsAt(server, { apiToken }), "quay.io", "team/app", TAGS);
    assert.deepEqual(policy.immutable, ["v1", "v2-rc1"]);
    const without = await ask(hostsAt(server), "quay.io", "team/app", TAGS);
    assert.match(without.unknown ?? "", /answered 401; that needs IMGSYNC_API_TOKEN_/);
  });

  it("reads many tags from the list, page by page", async () => {
    const server = await serve({
      [`${START}limit=100&page=1`]: page(["v1", "edge"], true),
      [`${START}limit=100&page=2`]: page(["v9"]),
    });
    const policy = await ask(hostsAt(server), "quay.io", "team/app", ["v1", "edge", "v9", "latest"]);
    assert.deepEqual(policy.immutable, ["v1", "v9"]);
    assert.equal(server.log.length, 2);
  });

  it("reads on after a full page that does not say whether there are more", async () => {
    const full = page(Array.from({ length: 100 }, (_, at) => `e${at}`));
    const server = await serve({
      [`${START}limit=100&page=1`]: { tags: full.tags },
      [`${START}limit=100&page=2`]: { tags: page(["v9"]).tags },
    });
    const policy = await ask(hostsAt(server), "quay.io", "team/app", ["v1", "edge", "v9", "latest"]);
    assert.deepEqual([policy.immutable, policy.unknown], [["v9"], undefined]);
  });

  it("reports unknown for the tags that a repeating list did not show", async () => {
    const server = await serve({
      [`${START}limit=100&page=1`]: page(["v1", "edge"], true),
      [`${START}limit=100&page=2`]: page(["v1", "edge"], true),
    });
    const policy = await ask(hostsAt(server), "quay.io", "team/app", ["v1", "edge", "v9", "latest"]);
    assert.deepEqual(policy.immutable, ["v1"]);
    assert.match(policy.unknown ?? "", /pages repeat/);
    assert.equal(server.log.length, 2);
  });
});

describe("Azure", () => {
  const HOST = "example.azurecr.io";
  const TOKEN = `GET /oauth2/token?service=${HOST}&scope=repository%3Ateam%2Fapp%3Ametadata_read`;
  const attributes = (writeEnabled: boolean) => ({
    changeableAttributes: { deleteEnabled: true, writeEnabled, readEnabled: true, listEnabled: true },
  });
  const tag = (name: string, writeEnabled: boolean) => ({
    registry: HOST,
    imageName: "team/app",
    tag: { name, digest: "sha256:0", signed: false, ...attributes(writeEnabled) },
  });

  it("applies a lock on the repository to all tags, and a lock on a tag to that tag", async () => {
    const base = { [TOKEN]: { access_token: "acr-token" } };
    const locked = await serve({
      ...base,
      "GET /acr/v1/team/app": { registry: HOST, imageName: "team/app", ...attributes(false) },
    });
    assert.equal((await ask(hostsAt(locked), HOST, "team/app", TAGS)).immutable, "all");
    assert.equal(locked.log.length, 2);
    const open = await serve({
      ...base,
      "GET /acr/v1/team/app": { registry: HOST, imageName: "team/app", ...attributes(true) },
      "GET /acr/v1/team/app/_tags/v1": tag("v1", false),
      "GET /acr/v1/team/app/_tags/v2-rc1": tag("v2-rc1", true),
    });
    const policy = await ask(hostsAt(open), HOST, "team/app", TAGS);
    assert.deepEqual([policy.immutable, policy.unknown], [["v1"], undefined]);
  });

  const MANY = ["v1", "edge", "v9", "latest"];
  const LIST = "GET /acr/v1/team/app/_tags?n=100";
  const list = (...tags: readonly object[]) => ({ registry: HOST, imageName: "team/app", tags });
  const serveList = (pages: Readonly<Record<string, unknown>>) =>
    serve({
      [TOKEN]: { access_token: "acr-token" },
      "GET /acr/v1/team/app": { registry: HOST, imageName: "team/app", ...attributes(true) },
      ...pages,
    });

  it("reads many tags from the list, until all are seen or a page is empty", async () => {
    const ended = await serveList({
      [LIST]: list(tag("edge", true).tag, tag("v1", false).tag),
      [`${LIST}&last=v1`]: list(tag("v9", false).tag),
      [`${LIST}&last=v9`]: list(),
    });
    const policy = await ask(hostsAt(ended), HOST, "team/app", MANY);
    assert.deepEqual([policy.immutable, policy.unknown], [["v1", "v9"], undefined]);
    assert.equal(ended.log.length, 5);
    const whole = await serveList({ [LIST]: list(...MANY.map((name) => tag(name, name !== "v9").tag)) });
    assert.deepEqual((await ask(hostsAt(whole), HOST, "team/app", MANY)).immutable, ["v9"]);
    assert.equal(whole.log.length, 3);
  });

  it("reports unknown for the tags that a repeating, refused or invalid list did not show", async () => {
    const first = list(tag("edge", true).tag, tag("v1", false).tag);
    const cases = [
      [first, /pages repeat/],
      [403, /answered 403; that needs/],
      [{ tags: "none" }, /not a list of tags/],
    ] as const;
    for (const [second, unknown] of cases) {
      const server = await serveList({ [LIST]: first, [`${LIST}&last=v1`]: second });
      const policy = await ask(hostsAt(server), HOST, "team/app", MANY);
      assert.deepEqual(policy.immutable, ["v1"]);
      assert.match(policy.unknown ?? "", unknown);
    }
  });

  it("reports unknown for a tag without lock attributes", async () => {
    const server = await serveList({
      "GET /acr/v1/team/app/_tags/v1": { tag: { name: "v1", digest: "sha256:0" } },
      "GET /acr/v1/team/app/_tags/latest": tag("latest", false),
    });
    const policy = await ask(hostsAt(server), HOST, "team/app", ["v1", "latest"]);
    assert.deepEqual(policy.immutable, ["latest"]);
    assert.match(policy.unknown ?? "", /without the attributes of v1/);
  });
});

describe("any product", () => {
  const places = [
    ["123456789012.dkr.ecr.eu-west-1.amazonaws.com", "team/app"],
    ["docker.io", "team/app"],
    ["quay.io", "team/app"],
    ["example.azurecr.io", "team/app"],
    ["harbor.example.com", "team/app"],
    ["europe-west1-docker.pkg.dev", "my-project/my-repo/app"],
  ] as const;

  it("reports unknown when its API answers nonsense, shows no password and asks once unless that may be temporary", async () => {
    for (const [host, path] of places) {
      for (const nonsense of [{}, 401, 500, "x".repeat(LIMITS.apiBytes)]) {
        const server = await startJsonServer(new Proxy({}, { get: () => nonsense }));
        const accessTokens = { find: async () => ({ token: secret(PASSWORD) }) };
        const hosts = hostsAt(server, { accessTokens, named: () => "harbor" });
        const policy = await ask(hosts, host, path, TAGS);
        const asked = server.log.length;
        await ask(hosts, host, path, TAGS);
        await server.stop();
        assert.deepEqual(policy.immutable, [], host);
        assert.notEqual(policy.unknown, undefined, `${host} ${JSON.stringify(nonsense).slice(0, 5)}`);
        assert.doesNotMatch(JSON.stringify(policy), new RegExp(PASSWORD));
        assert.equal(server.log.length > asked, nonsense === 500, host);
      }
    }
  });

  it("answers a question that waits for the same request when the question that sent it gives up", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const server = await serve({ "GET /api/v2.0/projects/team/immutabletagrules?page=1&page_size=100": promise });
    const hosts = hostsAt(server, { named: () => "harbor" });
    const { signal, expire } = await startExpiringItem();
    const first = hosts.tagPolicy({ host: "harbor.example.com", path: "team/app" }, { tags: TAGS, signal });
    await untilIdle();
    const second = ask(hosts, "harbor.example.com", "team/other", TAGS);
    await untilIdle();
    await expire();
    await assert.rejects(first, { code: "REGISTRY_TIMEOUT" });
    resolve(withHeaders([], { "x-total-count": "0" }));
    assert.equal((await second).unknown, undefined);
    assert.equal((await ask(hosts, "harbor.example.com", "team/third", TAGS)).unknown, undefined);
    assert.equal(server.log.length, 1);
  });

  it("sends no credentials over plain http", async () => {
    const server = await serve({});
    const apiSettings = () => ({ ...defaultHostSettings(server.host), plainHttp: true, allowsCredentials: false });
    const accessTokens = { find: async () => ({ token: secret(PASSWORD) }) };
    for (const [host, path] of places.filter(([name]) => name !== "quay.io"))
      assert.match(
        (await ask(hostsAt(server, { apiSettings, accessTokens, named: () => "harbor" }), host, path, TAGS)).unknown ??
          "",
        /refused to send credentials/,
        host,
      );
    assert.deepEqual(server.log, []);
  });
});
