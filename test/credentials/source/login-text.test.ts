import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createEnvironmentCredentials, environmentApiToken } from "../../../src/credentials/environment.ts";
import { parseKeyFile } from "../../../src/credentials/google/key.ts";
import { cleanLogin } from "../../../src/credentials/source/login-text.ts";
import { entryCredential } from "../../../src/credentials/source/auth-file.ts";
import { maskEcho } from "../../../src/model/secret.ts";
import { startGoogleServices } from "../../support/google/services.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { revealed } from "../support/revealed.ts";

const onEnd = cleanUpAfterEach();
const signal = new AbortController().signal;
const HOST = "europe-docker.pkg.dev";
const SUFFIX = "EUROPE__DOCKER_PKG_DEV";
const BOM = "\uFEFF";
/** What files, pipes, Windows and secret stores put around a text. */
const AROUND: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `${text}\n`,
  (text) => `${text}\r\n`,
  (text) => `${BOM}${text}\r\n\r\n`,
];

async function fromEnvironment(variables: Readonly<Record<string, string>>) {
  const source = createEnvironmentCredentials(variables);
  const found = revealed(await source.find({ host: HOST, path: "p/r/i" }, { signal }));
  return [found?.["username"], found?.["password"]];
}

function login(username: string, password: string): Readonly<Record<string, string>> {
  return { [`IMGSYNC_USERNAME_${SUFFIX}`]: username, [`IMGSYNC_PASSWORD_${SUFFIX}`]: password };
}

function wrapped(base64: string, end: string): string {
  return base64.replaceAll(/(.{76})/g, `$1${end}`);
}

async function makeKey(): Promise<string> {
  const services = await startGoogleServices();
  onEnd(services.stop);
  return JSON.stringify(services.makeKey({ token_uri: "https://oauth2.googleapis.com/token" }), undefined, 2);
}

describe("a login that was read from a file into a variable", () => {
  it("is the password without line ends, but with its spaces", async () => {
    for (const around of AROUND) {
      assert.deepEqual(await fromEnvironment(login(around("ada"), around(" pass word "))), ["ada", " pass word "]);
    }
    assert.deepEqual(await fromEnvironment(login("\n", "\r\n")), [undefined, undefined]);
  });

  it("is an access token or an API token without anything around it", async () => {
    for (const around of AROUND) {
      const token = ["oauth2accesstoken", "ya29.some-token"];
      assert.deepEqual(await fromEnvironment(login("oauth2accesstoken", around(" ya29.some-token"))), token);
      assert.deepEqual(await fromEnvironment({ [`IMGSYNC_ACCESS_TOKEN_${SUFFIX}`]: around("ya29.some-token") }), token);
      const api = environmentApiToken({ IMGSYNC_API_TOKEN_QUAY_IO: around("api-token") }, "quay.io");
      assert.equal(api?.reveal(), "api-token");
    }
    assert.equal(environmentApiToken({ IMGSYNC_API_TOKEN_QUAY_IO: "\n" }, "quay.io"), undefined);
  });

  it("is the key as it would be read from the file, in either form", async () => {
    const json = await makeKey();
    const base64 = Buffer.from(`${BOM}${json}\n`).toString("base64");
    const forms = [json, json.replaceAll("\n", "\r\n"), base64, wrapped(base64, "\n"), wrapped(base64, "\r\n")];
    for (const form of forms) {
      for (const around of AROUND) {
        const { username, password } = parseKeyFile(around(form), "a file");
        // the user name that belongs to the form is used, whichever was written
        for (const user of ["_json_key", "_json_key_base64"]) {
          assert.deepEqual(await fromEnvironment(login(user, around(form))), [username, password.reveal()]);
        }
      }
    }
  });

  it("is masked in the form in which it is sent, before it is used", async () => {
    const encoded = Buffer.from(await makeKey()).toString("base64");
    createEnvironmentCredentials(login("_json_key_base64", wrapped(encoded, "\n")));
    createEnvironmentCredentials({ IMGSYNC_ACCESS_TOKEN_H_TEST: "ya29.another-token\n" });
    assert.equal(maskEcho(`a ${encoded} b ya29.another-token c`), "a *** b *** c");
  });
});

describe("a login in Docker's config.json", () => {
  it("is read in the same way", async () => {
    const json = await makeKey();
    const encoded = Buffer.from(json).toString("base64");
    const place = { key: HOST, name: "config.json" };
    const auth = (username: string, password: string): ReadonlyMap<string, unknown> =>
      new Map([["auth", Buffer.from(`${username}:${password}`).toString("base64")]]);
    const key = revealed(entryCredential(auth("_json_key_base64", wrapped(encoded, "\n")), place));
    assert.deepEqual([key?.["username"], key?.["password"]], ["_json_key_base64", encoded]);
    const token = revealed(entryCredential(auth("oauth2accesstoken", "ya29.token\n"), place));
    assert.equal(token?.["password"], "ya29.token");
  });
});

describe("text that is not a key", () => {
  it("stays what it is", () => {
    assert.equal(cleanLogin("_json_key", " hunter2! ").password, "hunter2!");
    assert.deepEqual(cleanLogin("ada", "{}"), { username: "ada", password: "{}" });
  });
});
