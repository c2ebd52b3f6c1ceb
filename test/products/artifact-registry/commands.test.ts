import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bindingCommand, newToken } from "../../../src/products/artifact-registry/commands.ts";
import { parseResource } from "../../../src/products/artifact-registry/api/resource.ts";
import { artifactRegistryApi } from "../../../src/products/artifact-registry/api.ts";
import { createHosts } from "../../../src/products/api/hosts.ts";
import { KNOWN_UNIVERSES } from "../../../src/products/universes.ts";
import { createApiClient } from "../../../src/http/api.ts";
import type { Credential } from "../../../src/model/credential.ts";
import { defaultHostSettings } from "../../../src/model/host-settings.ts";
import type { RepositoryAccess } from "../../../src/model/preflight.ts";
import { secret } from "../../../src/model/secret.ts";
import { AR_HOST, AR_NAME, AR_PATH } from "../../support/artifact-registry-world.ts";
import { type RestRepository, startArtifactRegistryRest } from "../../support/artifact-registry-rest.ts";
import { instantClock } from "../../support/client.ts";
import { calm, createScope } from "../../support/scope.ts";

const { client, onEnd } = createScope();
const WRITER = "roles/artifactregistry.writer";
const PLACE = "--project=my-project --location=u-france-east1 --universe-domain=s3nsapis.fr";

describe("the command that grants a role", () => {
  const resource = parseResource({ host: AR_HOST, path: AR_PATH }, KNOWN_UNIVERSES);
  assert.ok(resource);

  it("names the account as IAM does, or leaves it to the user", () => {
    const memberFor = (account?: string) => /--member=(\S+)/.exec(bindingCommand(resource, WRITER, account))?.[1];
    assert.equal(memberFor("a@p.s3ns.iam.gserviceaccount.com"), "serviceAccount:a@p.s3ns.iam.gserviceaccount.com");
    assert.equal(memberFor("ada@example.com"), "user:ada@example.com");
    assert.equal(memberFor(), "MEMBER");
    for (const account of ["a@b;reboot", "$(reboot)@b", "a b@c"]) assert.equal(memberFor(account), "MEMBER");
  });
});

describe("preflight at Artifact Registry", () => {
  async function findings(access: RepositoryAccess, repository: RestRepository | undefined) {
    const repositories = new Map(repository === undefined ? [] : [[AR_NAME, repository] as const]);
    const rest = await startArtifactRegistryRest({ repositories, token: "token" });
    onEnd(rest.stop);
    const hosts = createHosts({
      api: createApiClient({ egress: client().egress, clock: instantClock(), random: () => 0 }),
      apiSettings: () => ({ ...defaultHostSettings(rest.host), plainHttp: true }),
      credentials: { find: async () => undefined },
      accessTokens: { find: async () => ({ token: secret("token"), account: "ada@example.com" }) },
      apiToken: () => undefined,
      aws: { find: async () => undefined },
      universes: KNOWN_UNIVERSES,
      named: () => undefined,
      apis: [artifactRegistryApi],
    });
    const found = await hosts.preflight({ host: AR_HOST, path: `${AR_PATH}/app` }, { access, ...calm });
    return found?.findings.map(({ code, hint }) => `${code}: ${hint ?? ""}`);
  }

  it("names the account of the credentials in the command that grants the missing role", async () => {
    const permissions = ["artifactregistry.repositories.get"];
    assert.deepEqual(await findings("write", { permissions }), [
      `DENIED: gcloud artifacts repositories add-iam-policy-binding my-repo ${PLACE} --member=user:ada@example.com --role=${WRITER}`,
    ]);
  });

  it("suggests to create a missing target, but not a missing source", async () => {
    assert.deepEqual(await findings("write", undefined), [
      `TARGET_NOT_FOUND: gcloud artifacts repositories create my-repo --repository-format=docker ${PLACE}`,
    ]);
    assert.deepEqual(await findings("read", undefined), [
      `SOURCE_NOT_FOUND: check the name: gcloud artifacts repositories list ${PLACE}`,
    ]);
  });
});

describe("advice about a refused access token", () => {
  const login = (username: string, more: Pick<Credential, "kept" | "isRenewed"> = {}): Credential => ({
    kind: "basic",
    username,
    password: secret("ya29.some-token"),
    origin: "here",
    ...more,
  });
  const NEW = "access tokens live 60 minutes; for a new one run";

  it("is the command that replaces the token in its place", () => {
    const at = (kept: Credential["kept"]) =>
      newToken(AR_HOST, login("oauth2accesstoken", kept === undefined ? {} : { kept }), "googleapis.com");
    const print = "gcloud auth print-access-token";
    assert.equal(at(undefined), `${NEW} ${print}`);
    assert.equal(at({ kind: "variable", name: "NAME" }), `${NEW} export NAME="$(${print})"`);
    const piped = `${NEW} ${print} | podman login -u oauth2accesstoken --password-stdin https://${AR_HOST}`;
    assert.equal(at({ kind: "login", program: "podman" }), piped);
  });

  it("is a new login for a token of gcloud's helper, in the universe of the host", () => {
    const helper = login("_dcgcloud_token", { isRenewed: true });
    assert.equal(newToken(AR_HOST, helper, "googleapis.com"), "log in again: run gcloud auth login");
    const sovereign = "log in again: run gcloud config set core/universe_domain s3nsapis.fr && gcloud auth login";
    assert.equal(newToken(AR_HOST, helper, "s3nsapis.fr"), sovereign);
  });

  it("does not exist for keys, passwords and tokens that were just made", () => {
    for (const one of [login("_json_key"), login("ada"), login("oauth2accesstoken", { isRenewed: true })]) {
      assert.equal(newToken(AR_HOST, one, "s3nsapis.fr"), undefined);
    }
  });
});
