import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { prepareVerify } from "../../../src/programs/cosign/arguments.ts";
import { verifyFailure } from "../../../src/programs/cosign/failure.ts";
import { createCosign } from "../../../src/programs/cosign/verify.ts";
import { isTooOld, readVersion } from "../../../src/programs/cosign/version.ts";
import { type Exec, type ExecResult, ProgramError } from "../../../src/programs/exec.ts";
import { defaultHostSettings, type HostSettings } from "../../../src/model/host-settings.ts";
import { digestOf } from "../../../src/model/digest.ts";
import type { ImgsyncError } from "../../../src/model/error.ts";
import { secret } from "../../../src/model/secret.ts";
import type { SignaturePolicy, Signer } from "../../../src/model/sync-manifest.ts";
import { makeFolder } from "../../support/cli.ts";
import { calm, createScope } from "../../support/scope.ts";

const { onEnd } = createScope();

const POSITION = { file: "images.yaml", line: 1, column: 1 };
const IMAGE = { repository: { host: "s.test", path: "app" }, digest: digestOf("image") };
const KEY: Signer = { kind: "key", file: { path: "cosign.pub", position: POSITION }, isLogged: true };
const KEYLESS: Signer = {
  kind: "identity",
  identity: { kind: "regex", text: "https://github.com/me/.*|me@example.com" },
  issuer: { kind: "exact", text: "--key=/tmp/theirs" },
};

const policyOf = (signer: Signer): SignaturePolicy => ({ position: POSITION, signer });

function argumentsOf(signer: Signer, rest: Partial<HostSettings> = {}, trustedRoot?: string): readonly string[] {
  const policy = {
    ...policyOf(signer),
    ...(trustedRoot === undefined ? {} : { trustedRoot: { path: trustedRoot, position: POSITION } }),
  };
  const host = { ...defaultHostSettings("s.test"), ...rest };
  return prepareVerify({ image: IMAGE, policy, host, textOf: (path) => `text of ${path}` }).argumentsIn("/private");
}

describe("the arguments of cosign", () => {
  it("name one digest and the key, and skip the transparency log only when the manifest says so", () => {
    assert.deepEqual(argumentsOf(KEY), [
      "verify",
      "--output=json",
      "--key=/private/key.pub",
      `s.test/app@${IMAGE.digest}`,
    ]);
    assert.ok(argumentsOf({ ...KEY, isLogged: false }).includes("--insecure-ignore-tlog"));
  });

  it("name an identity and its issuer; patterns are anchored, and no text becomes a flag", () => {
    assert.deepEqual(argumentsOf(KEYLESS).slice(2, -1), [
      "--certificate-identity-regexp=^(?:https://github.com/me/.*|me@example.com)$",
      "--certificate-oidc-issuer=--key=/tmp/theirs",
    ]);
    assert.ok(argumentsOf(KEYLESS, {}, "root.json").includes("--trusted-root=/private/trusted-root.json"));
  });

  it("follow the registry's TLS settings, and nothing weaker", () => {
    const flags = (rest: Partial<HostSettings>) => argumentsOf(KEY, rest).slice(3, -1);
    assert.deepEqual(flags({ plainHttp: true }), ["--allow-http-registry"]);
    assert.deepEqual(flags({ insecureTls: true }), ["--allow-insecure-registry"]);
    assert.deepEqual(flags({ ca: "PEM" }), ["--registry-cacert=/private/ca.pem"]);
    assert.deepEqual(flags({ clientCertificate: { certificate: "C", key: secret("K") } }), [
      "--registry-client-cert=/private/client.pem",
      "--registry-client-key=/private/client-key.pem",
    ]);
  });
});

describe("a failure of cosign", () => {
  const failureOf = (result: Partial<ExecResult>): ImgsyncError =>
    verifyFailure(
      { exitCode: 1, stdout: "", stderr: "", ...result },
      {
        policy: policyOf(KEY),
        credential: { kind: "basic", username: "ada", password: secret("s3cret"), origin: "here" },
      },
    );

  it("is an invalid signature only when cosign reports that it checked the signature", () => {
    for (const exitCode of [10, 12, 13]) assert.equal(failureOf({ exitCode }).details.code, "SIGNATURE_INVALID");
    const words = "Error: no matching attestations: failed to verify signature\nerror during command execution: no";
    assert.equal(failureOf({ stderr: words }).details.code, "SIGNATURE_INVALID");
    for (const stderr of ["", "Error: GET http://s.test/v2/: connection refused", "panic: oh"])
      assert.equal(failureOf({ stderr }).details.code, "SIGNATURE_UNCHECKED", stderr);
  });

  it("shows cosign's message, without credentials and shortened", () => {
    const pair = btoa("ada:s3cret");
    const { message } = failureOf({
      stderr: `Error: GET https://ada:s3cret@s.test: Basic ${pair} ${"x".repeat(5000)}`,
    });
    assert.match(message, /GET https:\/\/ada:\*\*\*@s\.test: Basic \*\*\* x/);
    assert.ok(message.length < 500);
  });
});

describe("the version of cosign", () => {
  it("can be 2 or later, or unknown", () => {
    assert.equal(readVersion('{"gitVersion":"v3.1.1"}'), "v3.1.1");
    for (const text of ['{"gitVersion":"v2.0.0"}', '{"gitVersion":"devel"}', "{}", "no json", '{"gitVersion":10}'])
      assert.equal(isTooOld(text), false, text);
    for (const version of ["v1.13.6", "0.6.0"]) assert.equal(isTooOld(JSON.stringify({ gitVersion: version })), true);
  });
});

describe("verification", () => {
  it("runs once for each image, and again after a failure", async () => {
    const folder = await makeFolder();
    onEnd(folder.remove);
    const answers = [
      new ProgramError("timeout", "too slow", "wait"),
      { exitCode: 0, stdout: '{"gitVersion":"v3.1.1"}', stderr: "" },
      { exitCode: 1, stdout: "", stderr: "Error: connection refused" },
      { exitCode: 0, stdout: "[]", stderr: "" },
    ];
    const asked: string[] = [];
    const exec: Exec = async (_, [command = ""]) => {
      asked.push(command);
      const answer = answers[asked.length - 1];
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error("asked too often");
      return answer;
    };
    const { verify } = createCosign({
      exec,
      command: "cosign",
      credentials: { find: async () => undefined },
      settingsFor: defaultHostSettings,
      textOf: () => "a key",
      privateParents: [folder.path],
      serve: async () => assert.fail("a registry needs no server"),
    });
    const unchecked = { code: "SIGNATURE_UNCHECKED" };
    await assert.rejects(verify(IMAGE, policyOf(KEY), calm), unchecked);
    await assert.rejects(verify(IMAGE, policyOf(KEY), calm), unchecked);
    assert.equal(await verify(IMAGE, policyOf(KEY), calm), true);
    assert.equal(await verify(IMAGE, policyOf(KEY), calm), true);
    assert.deepEqual(asked, ["version", "version", "verify", "verify"]);
  });

  it("look in the repository of the signatures, and are verified once for each", async () => {
    const folder = await makeFolder();
    onEnd(folder.remove);
    const places: (string | undefined)[] = [];
    const { verify } = createCosign({
      exec: async (_, [command], { environment = {} }) => {
        if (command === "verify") places.push(environment["COSIGN_REPOSITORY"]);
        return { exitCode: 0, stdout: '{"gitVersion":"v3.1.1"}', stderr: "" };
      },
      command: "cosign",
      credentials: { find: async () => undefined },
      settingsFor: defaultHostSettings,
      textOf: () => "a key",
      privateParents: [folder.path],
      serve: async () => assert.fail("a registry needs no server"),
    });
    const elsewhere = { ...policyOf(KEY), repository: { host: "s.test", path: "team/signatures" } };
    for (const policy of [elsewhere, policyOf(KEY), elsewhere]) assert.equal(await verify(IMAGE, policy, calm), true);
    assert.deepEqual(places, ["s.test/team/signatures", undefined]);
  });
});
