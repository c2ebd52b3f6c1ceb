import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import { createAccessTokens } from "../../../src/credentials/google/access-tokens.ts";
import type { GoogleRequest } from "../../../src/credentials/google/google.ts";
import { KNOWN_UNIVERSES } from "../../../src/products/universes.ts";
import type { Credential } from "../../../src/model/credential.ts";
import type { SettingsFile } from "../../../src/model/sync-manifest.ts";
import { ImgsyncError } from "../../../src/model/error.ts";
import { type Certificates, makeCertificates } from "../../support/certificates.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { makeFolder } from "../../support/cli.ts";
import {
  ACCOUNT,
  CLIENT_SECRET,
  REFRESH_TOKEN,
  startGoogleServices,
  SUBJECT_TOKEN,
} from "../../support/google/services.ts";
import { type GoogleWorld, type GoogleWorldOptions, openGoogleWorld } from "../support/google.ts";

const signal = new AbortController().signal;
const HOST = "europe-docker.pkg.dev";
const S3NS = "u-france-east1-docker.s3nsregistry.fr";
const OTHER = "other@my-project.iam.gserviceaccount.com";
const TOKEN_URI = "https://oauth2.googleapis.com/token";
const onEnd = cleanUpAfterEach();

let certificates: Certificates;
let key: Readonly<Record<string, unknown>>;
before(async () => {
  certificates = await makeCertificates();
});
after(() => certificates.remove());

type Shape = Omit<GoogleWorldOptions, "keyFiles" | "defaultFile"> & {
  readonly file?: (key: Readonly<Record<string, unknown>>) => unknown;
};

/** `file` makes the content from the world's key; it is both key.json of images.yaml and the default credentials file. */
async function world({ file, ...options }: Shape = {}): Promise<GoogleWorld> {
  const folder = await makeFolder({});
  onEnd(folder.remove);
  const keyFiles: Record<string, string> = {};
  const path = `${folder.path}/adc.json`;
  const made = await openGoogleWorld(certificates, {
    ...options,
    keyFiles,
    ...(file === undefined ? {} : { defaultFile: path }),
  });
  onEnd(made.stop);
  key = made.services.makeKey({ token_uri: TOKEN_URI });
  const content = file === undefined ? key : file(key);
  const text = typeof content === "string" ? content : JSON.stringify(content, undefined, 2);
  keyFiles["key.json"] = text;
  await folder.write("adc.json", text);
  return made;
}

function keyFile(more: { exchange?: boolean; impersonate?: string } = {}): GoogleRequest {
  const position = { file: "images.yaml", line: 1, column: 1 };
  return { kind: "key-file", file: { path: "key.json", position }, exchange: false, ...more };
}

function shown(credential: Credential | undefined): { username: string; password: string } {
  assert.ok(credential?.kind === "basic");
  return { username: credential.username, password: credential.password.reveal() };
}

async function refused(asking: Promise<unknown>, says: RegExp): Promise<void> {
  await assert.rejects(asking, (thrown) => {
    assert.ok(thrown instanceof ImgsyncError);
    assert.equal(thrown.code, "CREDENTIALS_FAILED");
    assert.match(`${thrown.message}\n${thrown.details.hint}`, says);
    const everything = inspect(thrown, { depth: 10 });
    for (const one of [String(key["private_key"]).slice(40, 90), REFRESH_TOKEN, CLIENT_SECRET, SUBJECT_TOKEN]) {
      assert.ok(!everything.includes(one), "the error holds a secret");
    }
    return true;
  });
}

describe("a service account's key", () => {
  it("is the password as it is, in JSON or in base64 without line breaks, and needs no request", async () => {
    const plain = await world();
    const text = JSON.stringify(key, undefined, 2);
    assert.deepEqual(shown(await plain.google.find(HOST, keyFile(), { signal })), {
      username: "_json_key",
      password: text,
    });
    const encoded = Buffer.from(text).toString("base64");
    const wrapped = `${encoded.replaceAll(/(.{76})/g, "$1\n")}\n`;
    const windows = `\uFEFF${wrapped.replaceAll("\n", "\r\n")}`;
    for (const file of [wrapped, windows]) {
      const coded = await world({ file: () => file });
      assert.deepEqual(shown(await coded.google.find(HOST, keyFile(), { signal })), {
        username: "_json_key_base64",
        password: encoded,
      });
    }
    assert.deepEqual(plain.proxied, []);
  });

  it("is exchanged for a token if configured, and again before the token expires", async () => {
    const { google, services, pass } = await world();
    const first = await google.find(HOST, keyFile({ exchange: true }), { signal });
    assert.equal(shown(first).username, "oauth2accesstoken");
    assert.ok(services.isAlive(shown(first).password));
    pass(50);
    assert.equal(await google.find(HOST, keyFile({ exchange: true }), { signal }), first);
    pass(6);
    const second = await google.find(HOST, keyFile({ exchange: true }), { signal });
    assert.notEqual(shown(second).password, shown(first).password);
    assert.equal(services.count("/token"), 2);
  });

  it("is refused for a host of another universe, with both names and before it is sent", async () => {
    const made = await world();
    await refused(
      made.google.find(S3NS, keyFile({ exchange: true }), { signal }),
      /"key.json" belongs to the universe "googleapis.com", and "u-france-east1-docker.s3nsregistry.fr" to "s3nsapis.fr"/,
    );
    await refused(made.google.find(S3NS, keyFile(), { signal }), /belongs to the universe/);
    await refused(made.google.find("registry.example.com", keyFile(), { signal }), /is not a registry of Google Cloud/);
    assert.deepEqual(made.proxied, []);
  });

  it("of a sovereign universe signs its own tokens", async () => {
    const made = await world({
      file: (own) => ({ ...own, universe_domain: "s3nsapis.fr", token_uri: "https://oauth2.s3nsapis.fr/token" }),
    });
    const { password } = shown(await made.google.find(S3NS, keyFile({ exchange: true }), { signal }));
    const claims = JSON.parse(Buffer.from(password.split(".")[1] ?? "", "base64url").toString("utf8"));
    assert.deepEqual([claims.iss, claims.sub, claims.exp - claims.iat], [ACCOUNT, ACCOUNT, 3600]);
    assert.deepEqual(made.proxied, []);
  });

  it("is refused if its token_uri is another host, unless that host is trusted", async () => {
    const file = (own: object) => ({ ...own, token_uri: "https://evil.example/token" });
    const made = await world({ file });
    await refused(made.google.find(HOST, keyFile({ exchange: true }), { signal }), /evil\.example.*trustedRealms/s);
    assert.deepEqual(made.proxied, []);
    const trusting = await world({ file, trustedRealms: ["evil.example"] });
    assert.ok(await trusting.google.find(HOST, keyFile({ exchange: true }), { signal }));
  });

  it("is refused if the file is of another kind or not a key", async () => {
    const kinds = ["authorized_user", "external_account", "impersonated_service_account"];
    for (const type of kinds) {
      const made = await world({ file: () => ({ type, credential_source: { file: "/etc/shadow" } }) });
      await refused(made.google.find(HOST, keyFile(), { signal }), /is of the kind ".*applicationDefault/s);
      assert.deepEqual(made.proxied, []);
    }
    for (const text of ["{}", "hunter2", '{"type":"service_account","client_email":"a@b","private_key":"hunter2"}']) {
      const made = await world({ file: () => text });
      await refused(made.google.find(HOST, keyFile(), { signal }), /is not the key of a service account/);
    }
  });

  it("is reported as disabled when the exchange fails with invalid_grant", async () => {
    const other = await startGoogleServices();
    onEnd(other.stop);
    const made = await world({ file: () => other.makeKey({ token_uri: TOKEN_URI }) });
    await refused(made.google.find(HOST, keyFile({ exchange: true }), { signal }), /400 \(invalid_grant\).*disabled/s);
  });
});

describe("the metadata server", () => {
  it("returns a token without the proxy, and a new one before it expires", async () => {
    const { google, machine, proxied, pass } = await world({ lifetime: 300 });
    const first = await google.find(HOST, { kind: "metadata" }, { signal });
    assert.ok(machine.isAlive(shown(first).password));
    assert.equal(first?.expiresAt?.getTime(), Date.UTC(2026, 0, 1, 0, 5));
    pass(3);
    assert.equal(await google.find(HOST, { kind: "metadata" }, { signal }), first);
    pass(1.5);
    assert.notEqual(await google.find(HOST, { kind: "metadata" }, { signal }), first);
    assert.equal(machine.count("/token"), 2);
    assert.deepEqual(proxied, []);
  });

  it("is refused for a host of another universe", async () => {
    const made = await world({ universe: "s3nsapis.fr" });
    assert.ok(await made.google.find(S3NS, { kind: "metadata" }, { signal }));
    await refused(made.google.find(HOST, { kind: "metadata" }, { signal }), /belongs to the universe "s3nsapis.fr"/);
  });

  it("causes an error that reports a missing service account", async () => {
    const made = await world({ hasAccount: false });
    await refused(made.google.find(HOST, { kind: "metadata" }, { signal }), /no service account/);
  });
});

describe("application default credentials", () => {
  const find = (made: GoogleWorld, impersonate?: string) =>
    made.google.find(
      HOST,
      { kind: "application-default", ...(impersonate === undefined ? {} : { impersonate }) },
      { signal },
    );
  const user = {
    type: "authorized_user",
    client_id: "id",
    client_secret: CLIENT_SECRET,
    refresh_token: REFRESH_TOKEN,
  };

  it("come from a login, a key, an impersonated account or the metadata server", async () => {
    const url = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${OTHER}:generateAccessToken`;
    const acting = {
      type: "impersonated_service_account",
      service_account_impersonation_url: url,
      source_credentials: user,
    };
    for (const file of [() => user, (own: object) => own, () => acting]) {
      const made = await world({ file, mayActAs: [OTHER] });
      const credential = await find(made);
      assert.ok(made.services.isAlive(shown(credential).password));
      assert.equal(credential?.origin, "adc.json");
    }
    const bare = await world();
    assert.equal((await find(bare))?.origin, "the metadata server");
  });

  it("exchange a token of another provider at STS, then impersonate the service account", async () => {
    const folder = await makeFolder({ token: SUBJECT_TOKEN });
    onEnd(folder.remove);
    const url = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${OTHER}:generateAccessToken`;
    const file = () => ({
      type: "external_account",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: "https://sts.googleapis.com/v1/token",
      credential_source: { file: `${folder.path}/token` },
      service_account_impersonation_url: url,
    });
    const made = await world({ file, mayActAs: [OTHER] });
    assert.ok(made.services.isAlive(shown(await find(made)).password));
    assert.deepEqual(
      made.services.seen.map(({ host }) => host),
      ["sts.googleapis.com", "iamcredentials.googleapis.com"],
    );
    await folder.write("token", "another");
    const wrong = await world({ file, mayActAs: [OTHER] });
    await refused(find(wrong), /could not be exchanged/);
  });

  it("report why they could not be exchanged", async () => {
    const folder = await makeFolder({ token: SUBJECT_TOKEN });
    onEnd(folder.remove);
    const gone = await startGoogleServices();
    await gone.stop();
    const made = await world({
      file: () => ({
        type: "external_account",
        audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x",
        subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
        token_url: `${gone.url}/v1/token`,
        credential_source: { file: `${folder.path}/token` },
      }),
    });
    await assert.rejects(find(made), { message: `cannot reach ${gone.host}: the connection was refused` });
  });

  it("do not run a program of the file by default", async () => {
    const folder = await makeFolder({});
    onEnd(folder.remove);
    const made = await world({
      file: () => ({
        type: "external_account",
        audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x",
        subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
        token_url: "https://sts.googleapis.com/v1/token",
        credential_source: { executable: { command: `touch ${folder.path}/ran`, timeout_millis: 5000 } },
      }),
    });
    await refused(find(made), /could not be exchanged/);
    await assert.rejects(folder.read("ran"), { code: "ENOENT" });
  });

  it("impersonate another account, and show which role to grant if that is denied", async () => {
    const made = await world({ file: () => user, mayActAs: [OTHER] });
    const credential = await find(made, OTHER);
    assert.equal(credential?.origin, `adc.json, as ${OTHER}`);
    assert.ok(made.services.isAlive(shown(credential).password));
    await refused(
      find(made, "third@my-project.iam.gserviceaccount.com"),
      /403 \(PERMISSION_DENIED\).*serviceAccountTokenCreator/s,
    );
  });

  it("are reported as missing, with the login, if there is neither a file nor a metadata server with an account", async () => {
    const made = await world({ hasAccount: false });
    await refused(
      find(made),
      /no file ~\/\.config\/gcloud\/adc\.json, and this machine has no service account.*application-default login/s,
    );
    const workforce = await world({ file: () => ({ type: "external_account_authorized_user" }) });
    await refused(find(workforce), /Workforce Identity Federation.*gcloud: true/s);
  });

  it("do not fall back to the metadata server if the file is invalid", async () => {
    for (const content of ["no json", { type: "surprise" }, { type: "authorized_user" }]) {
      const made = await world({ file: () => content });
      await refused(find(made), /adc\.json/);
      assert.equal(made.machine.seen.length, 0);
    }
  });
});

describe("a key file of the user's settings", () => {
  it("is not one of images.yaml, even after it was read", async () => {
    const ownFiles: Record<string, string> = {};
    const made = await world({ ownFiles });
    ownFiles["/own/key.json"] = JSON.stringify(key);
    const auth = (file: { readonly path: string; readonly origin: string } | SettingsFile): GoogleRequest => ({
      kind: "key-file",
      file,
      exchange: true,
    });
    const path = "/own/key.json";
    assert.ok(await made.google.find(HOST, auth({ path, origin: "own.yaml:1:1" }), { signal }));
    const position = { file: "images.yaml", line: 1, column: 1 };
    await refused(
      made.google.find(HOST, auth({ path, position }), { signal }),
      /is not a file in the manifest's folder/,
    );
    const gone = made.google.find(HOST, auth({ path: "/own/x", origin: "own.yaml:1:1" }), { signal });
    await refused(gone, /named by keyFile in own\.yaml:1:1/);
  });
});

describe("the account of a credential", () => {
  it("is known for keys, machines, impersonated accounts and files that name it", async () => {
    const made = await world({ file: (own: object) => own, mayActAs: [OTHER] });
    const accountOf = async (auth: GoogleRequest) => (await made.google.find(HOST, auth, { signal }))?.account;
    assert.equal(await accountOf(keyFile()), ACCOUNT);
    assert.equal(await accountOf(keyFile({ exchange: true })), ACCOUNT);
    assert.equal(await accountOf(keyFile({ impersonate: OTHER })), OTHER);
    assert.equal(await accountOf({ kind: "metadata" }), ACCOUNT);
    assert.equal(await accountOf({ kind: "application-default" }), ACCOUNT);
  });
});

describe("an access token for Google's APIs", () => {
  it("comes from a key or the metadata server, and does not exist for other hosts", async () => {
    const made = await world();
    const open = (auth: GoogleRequest) =>
      createAccessTokens({
        credentials: { find: ({ host }, options) => made.google.find(host, auth, options) },
        google: made.google,
        universes: KNOWN_UNIVERSES,
      });
    const of = async (auth: GoogleRequest, host = HOST) => open(auth).find({ host, path: "p/r" }, { signal });
    const ofKey = await of(keyFile());
    assert.ok(made.services.isAlive(ofKey?.token.reveal() ?? "") && ofKey?.expiresAt !== undefined);
    const ofMachine = await of({ kind: "metadata" });
    assert.ok(made.machine.isAlive(ofMachine?.token.reveal() ?? ""));
    assert.equal(await of({ kind: "metadata" }, "docker.io"), undefined);
  });
});
