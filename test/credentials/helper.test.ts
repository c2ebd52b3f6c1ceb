import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createHelpers } from "../../src/credentials/helper.ts";
import { ImgsyncError } from "../../src/model/error.ts";
import { instantClock } from "../support/client.ts";
import { revealed } from "./support/revealed.ts";
import { helperBody, NOT_FOUND_BODY, openWorkshop, type Workshop } from "./support/workshop.ts";

const signal = new AbortController().signal;
const origin = "credHelpers in ~/.docker/config.json";

let workshop: Workshop;
before(async () => {
  workshop = await openWorkshop();
});
after(() => workshop.remove());

describe("a credential helper", () => {
  it("gets the server on stdin and returns a basic credential", async () => {
    await workshop.writeProgram("docker-credential-good", helperBody({ Username: "me", Secret: "s3cret" }));
    const credential = await createHelpers({ exec: workshop.exec, clock: instantClock() }).get(
      { name: "good", server: "good.test", origin },
      { signal },
    );
    assert.deepEqual(revealed(credential), { kind: "basic", username: "me", password: "s3cret", origin });
    assert.ok((await workshop.log()).includes("get good.test"));
  });

  it("returns an identity token when the user name is <token>", async () => {
    await workshop.writeProgram("docker-credential-token", helperBody({ Username: "<token>", Secret: "refresh" }));
    const credential = await createHelpers({ exec: workshop.exec, clock: instantClock() }).get(
      { name: "token", server: "h", origin },
      { signal },
    );
    assert.deepEqual(revealed(credential), { kind: "identity-token", token: "refresh", origin });
  });

  it("names the universe of the user's settings when gcloud's account belongs to another", async () => {
    const said = "it is not available in [apis.example] which is specified by the [core/universe_domain] property.";
    await workshop.writeProgram("docker-credential-gcloud", `echo '${said}' >&2; exit 1`);
    const universes = new Map([["pkg.example", "apis.example"]]);
    const server = "u-germany-northeast1-docker.pkg.example";
    const helpers = createHelpers({ exec: workshop.exec, clock: instantClock(), universes });
    await assert.rejects(helpers.get({ name: "gcloud", server, origin }, { signal }), (thrown: unknown) => {
      assert.ok(thrown instanceof ImgsyncError);
      assert.match(
        thrown.details.hint ?? "",
        /the universe apis\.example, run: gcloud config set core\/universe_domain/,
      );
      return true;
    });
  });

  it("returns a renewed credential only if it issues tokens instead of stored passwords", async () => {
    const helpers = createHelpers({ exec: workshop.exec, clock: instantClock() });
    const renewals = ["gcloud", "gcr", "store"].map(async (name) => {
      const body = helperBody({ Username: "oauth2accesstoken", Secret: "ya29.token" });
      await workshop.writeProgram(`docker-credential-${name}`, body);
      return (await helpers.get({ name, server: "h", origin }, { signal }))?.isRenewed;
    });
    assert.deepEqual(await Promise.all(renewals), [true, true, undefined]);
  });

  it("is called again before its token expires, and only once after it has expired", async () => {
    let now = Date.parse("2026-01-01T12:00:00Z");
    const exp = now / 1000 + 3600;
    const token = ["{}", JSON.stringify({ exp }), "s"].map((part) => Buffer.from(part).toString("base64url")).join(".");
    await workshop.writeProgram("docker-credential-jwt", helperBody({ Username: "me", Secret: token }));
    const helpers = createHelpers({ exec: workshop.exec, clock: { now: () => new Date(now) } });
    const before = (await workshop.log()).length;
    const asks = async () => {
      await helpers.get({ name: "jwt", server: "jwt.test", origin }, { signal });
      return (await workshop.log()).length - before;
    };
    assert.deepEqual([await asks(), await asks()], [1, 1]);
    now += 56 * 60_000;
    assert.equal(await asks(), 2);
    now += 60 * 60_000;
    assert.deepEqual([await asks(), await asks(), await asks()], [3, 3, 3]);
  });

  it("is called once per server, also concurrently and when it has no credentials", async () => {
    await workshop.writeProgram("docker-credential-once", helperBody({ Username: "me", Secret: "s" }));
    await workshop.writeProgram("docker-credential-nothing", NOT_FOUND_BODY);
    const helpers = createHelpers({ exec: workshop.exec, clock: instantClock() });
    const ask = (name: string, server: string) => helpers.get({ name, server, origin }, { signal });
    await Promise.all([ask("once", "once.test"), ask("once", "once.test"), ask("once", "twice.test")]);
    await ask("once", "once.test");
    assert.equal(await ask("nothing", "nothing.test"), undefined);
    assert.equal(await ask("nothing", "nothing.test"), undefined);
    const calls = (await workshop.log()).filter((line) => /once|twice|nothing/.test(line)).sort();
    assert.deepEqual(calls, ["get nothing.test", "get once.test", "get twice.test"]);
  });

  const failures = [
    { name: "fails", body: 'echo "hunter2 on stdout"; echo "hunter2 on stderr" >&2; exit 1', says: /exit code 1/ },
    { name: "prose", body: "echo hunter2", says: /something other than Username and Secret/ },
    { name: "no-user", body: helperBody({ Secret: "hunter2" }), says: /something other than Username and Secret/ },
    { name: "no-secret", body: helperBody({ Username: "hunter2", Secret: "" }), says: /something other/ },
    { name: "list", body: helperBody(["hunter2"]), says: /something other/ },
    { name: "flood", body: "exec yes hunter2", says: /printed too much/ },
    { name: "absent", body: undefined, says: /"docker-credential-absent" is not a program on the PATH/ },
  ];
  for (const { name, body, says } of failures) {
    it(`fails its host without repeating its output: ${name}`, async () => {
      if (body !== undefined) await workshop.writeProgram(`docker-credential-${name}`, body);
      const asking = createHelpers({ exec: workshop.exec, clock: instantClock() }).get(
        { name, server: "host.test", origin },
        { signal },
      );
      await assert.rejects(asking, (thrown) => {
        assert.ok(thrown instanceof ImgsyncError);
        assert.equal(thrown.code, "CREDENTIALS_FAILED");
        assert.equal(thrown.details.reference, "host.test");
        assert.match(thrown.message, says);
        assert.doesNotMatch(JSON.stringify(thrown.details) + String(thrown.stack) + String(thrown.cause), /hunter2/);
        return true;
      });
    });
  }

  it("is refused under an invalid name", async () => {
    for (const name of ["", "../evil", "a b", "a/b", "-x", "x;y", "ecr\n", "a".repeat(65)]) {
      const asking = createHelpers({ exec: workshop.exec, clock: instantClock() }).get(
        { name, server: "host.test", origin },
        { signal },
      );
      await assert.rejects(asking, {
        code: "CREDENTIALS_FAILED",
        message: /is not the name of a credential helper$/,
      });
    }
  });

  it("is abandoned when the signal fires", async () => {
    const abort = new AbortController();
    await workshop.writeProgram("docker-credential-hang", "sleep 300");
    const asking = createHelpers({ exec: workshop.exec, clock: instantClock() }).get(
      { name: "hang", server: "h", origin },
      { signal: abort.signal },
    );
    abort.abort();
    await assert.rejects(asking, { name: "AbortError" });
  });
});
