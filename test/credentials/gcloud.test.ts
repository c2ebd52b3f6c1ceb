import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createGcloud } from "../../src/credentials/gcloud.ts";
import { ImgsyncError } from "../../src/model/error.ts";
import { instantClock } from "../support/client.ts";
import { revealed } from "./support/revealed.ts";
import { openWorkshop, type Workshop } from "./support/workshop.ts";

const signal = new AbortController().signal;
const HOST = "u-france-east1-docker.s3nsregistry.fr";
const ACCOUNT = "mirror@my-project.s3ns.iam.gserviceaccount.com";

let workshop: Workshop;
before(async () => {
  workshop = await openWorkshop();
});
after(() => workshop.remove());

describe("gcloud", () => {
  it("returns an access token, and runs once per account and again after five minutes", async () => {
    await workshop.writeProgram("gcloud", 'echo "$*" >> "$LOG"; echo "WARNING: impersonating" >&2; echo "ya29.token"');
    let time = 0;
    const gcloud = createGcloud({ exec: workshop.exec, clock: { now: () => new Date(time) } });
    const plain = await gcloud.find({ host: "europe-docker.pkg.dev" }, { signal });
    assert.deepEqual(revealed(plain), {
      kind: "basic",
      username: "oauth2accesstoken",
      password: "ya29.token",
      origin: "gcloud auth print-access-token",
    });
    assert.equal(plain?.isRenewed, true);
    const other = await gcloud.find({ host: HOST, impersonate: ACCOUNT }, { signal });
    assert.equal(other?.origin, `gcloud auth print-access-token as ${ACCOUNT}`);
    await Promise.all([gcloud.find({ host: "gcr.io" }, { signal }), gcloud.find({ host: "eu.gcr.io" }, { signal })]);
    const flag = `--impersonate-service-account=${ACCOUNT}`;
    assert.deepEqual(await workshop.log(), ["auth print-access-token", `auth print-access-token ${flag}`]);
    time = 5 * 60_000 + 1;
    await gcloud.find({ host: HOST }, { signal });
    assert.equal((await workshop.log()).length, 3);
  });

  it("does not run for hosts outside Artifact Registry or for an invalid account", async () => {
    await workshop.writeProgram("gcloud", 'echo called >> "$LOG"; echo token');
    const gcloud = createGcloud({ exec: workshop.exec, clock: instantClock() });
    const before = (await workshop.log()).length;
    for (const host of ["docker.io", "evil.example", "pkg.dev.evil.example", "x-docker.pkg.dev:8443"]) {
      await assert.rejects(gcloud.find({ host }, { signal }), { code: "CREDENTIALS_FAILED" });
    }
    await assert.rejects(gcloud.find({ host: HOST, impersonate: "--flag" }, { signal }), {
      code: "CREDENTIALS_FAILED",
    });
    assert.equal((await workshop.log()).length, before);
  });

  it("returns a token for a further universe in the user's settings", async () => {
    await workshop.writeProgram("gcloud", "echo token");
    const universes = new Map([["pkg-berlin-build0.goog", "apis-berlin-build0.goog"]]);
    const gcloud = createGcloud({ exec: workshop.exec, clock: instantClock(), universes });
    const credential = await gcloud.find({ host: "u-germany-northeast1-docker.pkg-berlin-build0.goog" }, { signal });
    assert.equal(credential?.kind, "basic");
  });

  it("gets the universe of the host, and has a token for each", async () => {
    await workshop.writeProgram("gcloud", 'echo "token.$CLOUDSDK_CORE_UNIVERSE_DOMAIN"');
    const gcloud = createGcloud({ exec: workshop.exec, clock: instantClock() });
    const passwordAt = async (host: string) => revealed(await gcloud.find({ host }, { signal }))?.["password"];
    assert.equal(await passwordAt(HOST), "token.s3nsapis.fr");
    assert.equal(await passwordAt("europe-docker.pkg.dev"), "token.googleapis.com");
  });

  const failures = [
    {
      what: "an account of another universe",
      body: 'echo "ERROR: The account [hunter2] is not available in [s3nsapis.fr] which is specified by the [core/universe_domain] property." >&2; exit 1',
      hint: /gcloud config set core\/universe_domain s3nsapis\.fr && gcloud auth login .*set account ACCOUNT/,
    },
    {
      what: "no account",
      body: 'echo "ERROR: (gcloud.auth.print-access-token) You do not currently have an active account selected. hunter2" >&2; exit 1',
      hint: /^run: gcloud config set core\/universe_domain s3nsapis\.fr && gcloud auth login$/,
    },
    {
      what: "no permission to impersonate",
      body: 'echo "ERROR: Failed to impersonate [x]. Make sure hunter2" >&2; exit 1',
      hint: /serviceAccountTokenCreator/,
    },
    { what: "expired login", body: 'echo "Reauthentication required. hunter2" >&2; exit 1', hint: /gcloud auth login/ },
    { what: "anything else", body: "echo hunter2; echo hunter2 >&2; exit 7", hint: /by hand/ },
    { what: "output that is not a token", body: 'echo "hunter2 with words"', hint: /by hand/ },
  ];
  for (const { what, body, hint } of failures) {
    it(`fails with a hint and without its output: ${what}`, async () => {
      await workshop.writeProgram("gcloud", body);
      const gcloud = createGcloud({ exec: workshop.exec, clock: instantClock() });
      await assert.rejects(gcloud.find({ host: HOST, impersonate: ACCOUNT }, { signal }), (thrown) => {
        assert.ok(thrown instanceof ImgsyncError && thrown.code === "CREDENTIALS_FAILED");
        assert.match(thrown.details.hint ?? "", hint);
        assert.doesNotMatch(JSON.stringify(thrown.details) + String(thrown.cause), /hunter2/);
        return true;
      });
    });
  }
});
