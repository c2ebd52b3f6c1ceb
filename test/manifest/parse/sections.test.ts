import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseFile } from "../../../src/manifest/parse/parse-file.ts";
import { findings, parse, parseFit } from "./support/parse.ts";

describe("immutable", () => {
  it("holds rules with one or more globs, with or without tags", () => {
    const { rules } = parseFit(
      'version: 1\nimmutable:\n  - repositories: "r.io/**"\n  - { repositories: [a.io/b, c.io/*], tags: [1.10, "!x"] }\n',
    );
    assert.deepEqual(rules, [
      { position: { file: "images.yaml", line: 3, column: 5 }, repositories: ["r.io/**"] },
      {
        position: { file: "images.yaml", line: 4, column: 5 },
        repositories: ["a.io/b", "c.io/*"],
        tags: ["1.10", "!x"],
      },
    ]);
  });

  it("refuses a pattern that can never match, because it would protect nothing", () => {
    const found = findings(
      'version: 1\nimmutable:\n  - { repositories: "*", tags: "a/b" }\n  - repositories: "r.io/{a,b}"\n',
    );
    assert.deepEqual(
      found.map((finding) => finding.split(" ")[0]),
      ["images.yaml:3:21", "images.yaml:3:32", "images.yaml:4:19"],
    );
  });
});

describe("registries", () => {
  it("are keyed by their normalised host", () => {
    const { registries } = parseFit(
      "version: 1\nregistries:\n  Registry.Local:5000: { plainHttp: true, ca: ca.pem }\n  index.docker.io: { auth: { helper: desktop } }\n",
    );
    assert.deepEqual([...registries.keys()], ["registry.local:5000", "docker.io"]);
    assert.deepEqual(registries.get("registry.local:5000"), {
      position: { file: "images.yaml", line: 3, column: 24 },
      plainHttp: true,
      ca: { path: "ca.pem", position: { file: "images.yaml", line: 3, column: 47 } },
    });
    assert.deepEqual(registries.get("docker.io")?.auth, { kind: "helper", name: "desktop" });
  });

  it("must be valid hosts and unique after normalisation", () => {
    const text = "version: 1\nregistries:\n  docker.io: {}\n  index.docker.io: {}\n  https://r.io: {}\n  r.io/A: {}\n";
    assert.deepEqual(findings(text), [
      'images.yaml:4:3 the registry "docker.io" occurs twice',
      'images.yaml:5:3 "https://" does not belong here',
      'images.yaml:6:3 "A" has upper-case letters',
    ]);
  });

  it("can have separate credentials for part of a host, but no other settings", () => {
    const { registries, prefixAuth } = parseFit(
      "version: 1\nregistries:\n  R.io/team: { auth: { helper: team } }\n  r.io: { plainHttp: true }\n",
    );
    assert.deepEqual([...registries.keys()], ["r.io"]);
    assert.deepEqual([...(prefixAuth ?? [])], [["r.io/team", { kind: "helper", name: "team" }]]);
    assert.equal(parseFit("version: 1\n").prefixAuth, undefined);
    assert.deepEqual(
      findings("version: 1\nregistries:\n  r.io/team: { plainHttp: true, mirrors: [m.io] }\n  R.io/team: {}\n"),
      [
        'images.yaml:3:16 "plainHttp" applies to the whole host',
        'images.yaml:3:33 "mirrors" applies to the whole host',
        'images.yaml:4:3 the registry "r.io/team" occurs twice',
      ],
    );
  });

  it("can set the product, but not the address of its API, which would receive the credentials", () => {
    const { registries } = parseFit("version: 1\nregistries:\n  h.io: { product: harbor }\n");
    assert.equal(registries.get("h.io")?.product, "harbor");
    assert.match(findings("version: 1\nregistries:\n  h.io: { api: https://evil.example }\n").join("\n"), /"api"/);
    assert.match(findings("version: 1\nregistries:\n  h.io: { product: docker-hub }\n").join("\n"), /harbor/);
  });

  it("have normalised mirrors in order, and cannot mirror themselves", () => {
    const { registries } = parseFit(
      "version: 1\nregistries:\n  index.docker.io: { mirrors: [M.example:5000/hub/cache, mirror.example] }\n",
    );
    assert.deepEqual(registries.get("docker.io")?.mirrors, [
      { host: "m.example:5000", path: "hub/cache" },
      { host: "mirror.example", path: "" },
    ]);
    assert.deepEqual(
      findings("version: 1\nregistries:\n  r.io: { mirrors: [https://m.io, R.io, m.io/, r.io/copy] }\n"),
      [
        'images.yaml:3:21 "https://" does not belong here',
        'images.yaml:3:35 "R.io" is the registry itself, not a mirror of it',
        'images.yaml:3:41 "m.io/" has an empty path part',
      ],
    );
  });

  it("can have client certificates and gcloud accounts", () => {
    const { registries } = parseFit(
      "version: 1\nregistries:\n  r.io:\n    clientCertificate: { certificate: c.pem, key: k.pem }\n    auth: { gcloud: true, impersonate: a@b.iam }\n",
    );
    const settings = registries.get("r.io");
    assert.equal(settings?.clientCertificate?.key.path, "k.pem");
    assert.deepEqual(settings?.auth, { kind: "gcloud", impersonate: "a@b.iam" });
  });

  it("can have each kind of Google credentials, but no secret in the file", () => {
    const auth = (written: string) =>
      parseFit(`version: 1\nregistries:\n  r.io: { auth: ${written} }\n`).registries.get("r.io")?.auth;
    assert.deepEqual(auth("{ accessToken: true }"), { kind: "access-token" });
    assert.deepEqual(auth("{ metadata: true }"), { kind: "metadata" });
    assert.deepEqual(auth("{ applicationDefault: true, impersonate: a@b.iam }"), {
      kind: "application-default",
      impersonate: "a@b.iam",
    });
    const key = auth("{ keyFile: k.json, exchange: true }");
    assert.ok(key?.kind === "key-file" && "position" in key.file);
    assert.deepEqual([key.file.path, key.file.position.line, key.exchange], ["k.json", 3, true]);
    const { diagnostics } = parse("version: 1\nregistries:\n  r.io: { auth: { accessToken: ya29.secret } }\n");
    assert.equal(diagnostics.filter(({ severity }) => severity === "error").length, 1);
  });
});

describe("a file", () => {
  it("can have x- keys at the top, which do not change its hash", () => {
    const plain = parseFit("version: 1\nimages: []\n");
    assert.equal(parseFit("version: 1\nx-a: { b: [c] }\nimages: []\n").hash, plain.hash);
  });

  it("gets suggestions for unknown keys and values", () => {
    const { diagnostics } = parse(
      "version: 1\nimages:\n  - { source: a/b, target: r.io/c, tgas: [v1], engine: dokcer }\nqqq: 1\n",
    );
    assert.deepEqual(
      diagnostics.map(({ message, hint, length }) => [message, hint, length]),
      [
        ['unknown key "tgas"', 'did you mean "tags"?', 4],
        ['expected "registry" or "docker", not the text "dokcer"', 'did you mean "docker"?', 6],
        ['unknown key "qqq"', "known here: version, include, defaults, registries, immutable, maxDeletes, images", 3],
      ],
    );
  });

  it("cannot have includes, registries or maxDeletes when it is included", () => {
    const options = { file: "teams/a.yaml", variables: new Map(), isRoot: false };
    const { diagnostics } = parseFile(
      "version: 1\ninclude: [b.yaml]\nregistries: {}\nmaxDeletes: 99\nimages: []\n",
      options,
    );
    assert.deepEqual(
      diagnostics.map(({ message }) => message),
      ["include", "registries", "maxDeletes"].map((key) => `"${key}" is not allowed in an included file`),
    );
  });

  it("can include only files in its folder", () => {
    const options = { file: "images.yaml", variables: new Map(), isRoot: true };
    const { document, diagnostics } = parseFile(
      "version: 1\ninclude: [teams/*.yaml, 'a b.yaml', /etc/passwd, ../x.yaml, a/../../b, 'a\\b', 'C:/x', '!a', 'a{b}*']\n",
      options,
    );
    assert.deepEqual(
      document?.includes.map(({ pattern }) => pattern),
      ["teams/*.yaml", "a b.yaml"],
    );
    assert.equal(diagnostics.length, 7);
  });

  it("gets a warning when it has no images", () => {
    const { manifest, diagnostics } = parse("version: 1\n");
    assert.deepEqual(manifest?.entries, []);
    assert.deepEqual(
      diagnostics.map(({ severity }) => severity),
      ["warning"],
    );
  });
});
