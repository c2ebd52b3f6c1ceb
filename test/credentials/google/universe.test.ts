import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createAccessTokens } from "../../../src/credentials/google/access-tokens.ts";
import type { GoogleRequest } from "../../../src/credentials/google/google.ts";
import { createUniverseCheck } from "../../../src/credentials/google/own-universe.ts";
import { KNOWN_UNIVERSES } from "../../../src/products/universes.ts";
import type { Credential } from "../../../src/model/credential.ts";
import { ImgsyncError } from "../../../src/model/error.ts";
import { secret } from "../../../src/model/secret.ts";
import { type Certificates, makeCertificates } from "../../support/certificates.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { makeFolder } from "../../support/cli.ts";
import { ACCOUNT, CLIENT_SECRET, REFRESH_TOKEN, SUBJECT_TOKEN } from "../../support/google/services.ts";
import { type GoogleWorld, openGoogleWorld } from "../support/google.ts";

const signal = new AbortController().signal;
const HOST = "u-france-east1-docker.s3nsregistry.fr";
const GOOGLE_HOST = "europe-docker.pkg.dev";
const OTHER = "other@my-project.s3ns.iam.gserviceaccount.com";
/** What Google writes into key files of other universes too. */
const GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token";
const onEnd = cleanUpAfterEach();

let certificates: Certificates;
before(async () => {
  certificates = await makeCertificates();
});
after(() => certificates.remove());

type Json = Readonly<Record<string, unknown>>;

/** Doubles of all services under their real names. `file` is key.json of images.yaml and the file of Application Default Credentials. */
async function world(file: (key: Json) => Json): Promise<GoogleWorld & { readonly text: string }> {
  const folder = await makeFolder();
  onEnd(folder.remove);
  const keyFiles: Record<string, string> = {};
  const made = await openGoogleWorld(certificates, {
    keyFiles,
    defaultFile: `${folder.path}/adc.json`,
    mayActAs: [OTHER],
  });
  onEnd(made.stop);
  const text = JSON.stringify(file(made.services.makeKey({ token_uri: GOOGLE_TOKEN_URI })));
  keyFiles["key.json"] = text;
  await folder.write("adc.json", text);
  return { ...made, text };
}

function ofS3ns(key: Json): Json {
  return { ...key, universe_domain: "s3nsapis.fr" };
}

const KEY_FILE = { path: "key.json", position: { file: "images.yaml", line: 1, column: 1 } };
const EXCHANGED: GoogleRequest = { kind: "key-file", file: KEY_FILE, exchange: true };

function passwordOf(credential: Credential | undefined): string {
  assert.ok(credential?.kind === "basic");
  return credential.password.reveal();
}

function claimsOf(token: string): Json {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
}

async function refused(asking: Promise<unknown>, says: RegExp): Promise<void> {
  await assert.rejects(asking, (thrown) => {
    assert.ok(thrown instanceof ImgsyncError && thrown.code === "CREDENTIALS_FAILED");
    assert.match(`${thrown.message} ${thrown.details.hint ?? ""}`, says);
    return true;
  });
}

describe("a key of another universe, whose token_uri is Google's", () => {
  it("signs its own tokens, and nothing is sent to Google", async () => {
    const made = await world(ofS3ns);
    const { google, proxied } = made;
    const tokens = createAccessTokens({
      credentials: {
        find: async () => ({ kind: "basic", username: "_json_key", password: secret(made.text), origin: "test" }),
      },
      google,
      universes: KNOWN_UNIVERSES,
    });
    const exchanged = await google.find(HOST, EXCHANGED, { signal });
    const byDefault = await google.find(HOST, { kind: "application-default" }, { signal });
    const forApi = await tokens.find({ host: HOST, path: "my-project/my-repo" }, { signal });
    assert.equal(forApi?.account, ACCOUNT);
    for (const token of [passwordOf(exchanged), passwordOf(byDefault), forApi?.token.reveal() ?? ""]) {
      const { iss, sub, scope, aud } = claimsOf(token);
      assert.deepEqual([iss, sub, aud], [ACCOUNT, ACCOUNT, undefined]);
      assert.match(String(scope), /cloud-platform/);
    }
    assert.deepEqual(proxied, []);
  });

  it("impersonates at the API of its universe, from images.yaml and from a file", async () => {
    const url = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${OTHER}:generateAccessToken`;
    const acting = {
      type: "impersonated_service_account",
      service_account_impersonation_url: url,
    };
    const direct = await world(ofS3ns);
    const nested = await world((key) => ({ ...acting, source_credentials: ofS3ns(key) }));
    // the double does not accept self-signed tokens
    await refused(
      direct.google.find(HOST, { ...EXCHANGED, impersonate: OTHER }, { signal }),
      /iamcredentials\.s3nsapis\.fr/,
    );
    await refused(
      nested.google.find(HOST, { kind: "application-default" }, { signal }),
      /iamcredentials\.s3nsapis\.fr/,
    );
    for (const { services } of [direct, nested]) {
      assert.deepEqual([...new Set(services.seen.map(({ host }) => host))], ["iamcredentials.s3nsapis.fr"]);
    }
  });

  it("is refused for Google's own hosts, and also as the password of a login", async () => {
    const made = await world(ofS3ns);
    await refused(made.google.find(GOOGLE_HOST, EXCHANGED, { signal }), /belongs to the universe "s3nsapis.fr"/);
    await refused(made.google.find(GOOGLE_HOST, { kind: "application-default" }, { signal }), /universe "s3nsapis.fr"/);
    const logins = [
      { username: "_json_key", password: secret(made.text) },
      { username: "_json_key_base64", password: secret(Buffer.from(made.text).toString("base64")) },
    ];
    for (const login of logins) {
      const found: Credential = { kind: "basic", ...login, origin: "auths in config.json" };
      const source = createUniverseCheck(KNOWN_UNIVERSES)({ name: "config.json", find: async () => found });
      await refused(source.find({ host: GOOGLE_HOST, path: "p/r/i" }, { signal }), /key from auths in config\.json/);
      assert.equal(await source.find({ host: HOST, path: "p/r/i" }, { signal }), found);
      assert.equal(await source.find({ host: "proxy.example.com", path: "p/r/i" }, { signal }), found);
    }
    assert.deepEqual(made.proxied, []);
  });

  it("needs no valid token_uri", async () => {
    const made = await world((key) => ofS3ns({ ...key, token_uri: "nowhere" }));
    assert.ok(await made.google.find(HOST, EXCHANGED, { signal }));
  });
});

describe("a key of Google Cloud", () => {
  it("is refused for a host of another universe before anything is sent", async () => {
    const made = await world((key) => key);
    await refused(made.google.find(HOST, { kind: "application-default" }, { signal }), /universe "googleapis.com"/);
    await refused(made.google.find(HOST, EXCHANGED, { signal }), /universe "googleapis.com"/);
    assert.deepEqual(made.proxied, []);
  });

  it("is not assumed if universe_domain is not a domain", async () => {
    for (const universe of [7, {}, "s3nsapis", "https://s3nsapis.fr"]) {
      const made = await world((key) => ({ ...key, universe_domain: universe }));
      await refused(
        made.google.find(GOOGLE_HOST, EXCHANGED, { signal }),
        /universe_domain in "key.json" is not a domain/,
      );
      assert.deepEqual(made.proxied, []);
    }
    const empty = await world((key) => ({ ...key, universe_domain: "" }));
    assert.ok(await empty.google.find(GOOGLE_HOST, EXCHANGED, { signal }));
  });
});

describe("other files of another universe", () => {
  const find = (made: GoogleWorld) => made.google.find(HOST, { kind: "application-default" }, { signal });

  it("are not sent to Google: a login", async () => {
    const made = await world(() => ({
      type: "authorized_user",
      client_id: "id",
      client_secret: CLIENT_SECRET,
      refresh_token: REFRESH_TOKEN,
      universe_domain: "s3nsapis.fr",
    }));
    await refused(find(made), /a user's login of the universe "s3nsapis.fr".*gcloud: true/);
    assert.deepEqual(made.proxied, []);
  });

  it("are not sent to Google: a federated identity that names Google's token service", async () => {
    const folder = await makeFolder({ token: SUBJECT_TOKEN });
    onEnd(folder.remove);
    const federated = (url: string) => ({
      type: "external_account",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: url,
      credential_source: { file: `${folder.path}/token` },
      universe_domain: "s3nsapis.fr",
    });
    const wrong = await world(() => federated("https://sts.googleapis.com/v1/token"));
    await refused(find(wrong), /belongs to the universe "s3nsapis.fr", but its token_url is at "sts.googleapis.com"/);
    assert.deepEqual(wrong.proxied, []);
    const right = await world(() => federated("https://sts.s3nsapis.fr/v1/token"));
    assert.ok(right.services.isAlive(passwordOf(await find(right))));
  });

  it("are refused if they name two universes", async () => {
    const url = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${OTHER}:generateAccessToken`;
    const made = await world((key) => ({
      type: "impersonated_service_account",
      service_account_impersonation_url: url,
      source_credentials: ofS3ns(key),
      universe_domain: "googleapis.com",
    }));
    const forGoogle = made.google.find(GOOGLE_HOST, { kind: "application-default" }, { signal });
    await refused(forGoogle, /belongs to the universe "googleapis.com", and its source_credentials to "s3nsapis.fr"/);
    assert.deepEqual(made.proxied, []);
  });
});
