import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { createRenewing } from "../../src/credentials/source/renewing.ts";
import { digestOf } from "../../src/model/digest.ts";
import { ACCESS_TOKEN_USER, type Credential } from "../../src/model/credential.ts";
import { defaultHostSettings } from "../../src/model/host-settings.ts";
import type { Clock, Credentials } from "../../src/model/ports.ts";
import { secret } from "../../src/model/secret.ts";
import { createRegistryClient } from "../../src/registry/client.ts";
import { createEgress } from "../../src/http/egress.ts";
import { DEFAULT_TIMEOUTS } from "../../src/http/limits.ts";
import { instantClock } from "../support/client.ts";
import { smallImage } from "../support/images.ts";
import { calm, createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();
const MINUTE = 60_000;

/** Starts a registry whose tokens expire in an hour, and a client whose credentials are access tokens that can be renewed. */
async function opened({ tellsEnd, minutes = 60 }: { tellsEnd: boolean; minutes?: number }) {
  let time = Date.UTC(2026, 0, 1);
  let asked = 0;
  const users: Record<string, string> = {};
  const registry = await start({ auth: { kind: "token", users, expiresIn: 3600, now: () => time } });
  registry.putImage("app", "v1", smallImage(1));
  const clock: Clock = { ...instantClock(), monotonic: () => time, now: () => new Date(time) };
  const renewing = createRenewing(clock);
  const ask = async (): Promise<Credential> => {
    asked += 1;
    users[ACCESS_TOKEN_USER] = `access token ${asked}`;
    const end = tellsEnd ? { expiresAt: new Date(time + minutes * MINUTE) } : {};
    return {
      kind: "basic",
      username: ACCESS_TOKEN_USER,
      password: secret(`access token ${asked}`),
      origin: "place",
      ...end,
    };
  };
  const credentials: Credentials = { find: (_, options) => renewing("key", options, ask) };
  const warnings: string[] = [];
  const egress = createEgress({
    proxies: { http: "", https: "", no: "" },
    timeouts: DEFAULT_TIMEOUTS,
    userAgent: "imgsync-test",
    clock,
  });
  onEnd(egress.close);
  const client = createRegistryClient({
    egress,
    credentials,
    clock,
    random: () => 0,
    timeouts: DEFAULT_TIMEOUTS,
    settingsFor: (host) => ({ ...defaultHostSettings(host), plainHttp: true }),
    onWarning: (_, text) => warnings.push(text),
  });
  const repository = { host: registry.host, path: "app" };
  return {
    warnings,
    upload: async (bytes: Uint8Array, beforeBody = () => {}) => {
      const started = await client.blobs.start(repository, calm);
      assert.ok(started.kind === "open");
      beforeBody();
      const descriptor = { mediaType: "text/plain", digest: digestOf(bytes), size: bytes.byteLength };
      await client.blobs.finish(started.session, descriptor, Readable.from([bytes]), calm);
    },
    resolve: () => client.reader.resolve({ repository, tag: "v1" }, calm),
    registry,
    asked: () => asked,
    pass: (minutes: number) => (time += minutes * MINUTE),
    end: () => (users[ACCESS_TOKEN_USER] = "ended"),
    lines: () => registry.log.map(({ kind, status }) => `${kind} ${status}`),
  };
}

describe("an access token during a run", () => {
  it("is renewed before it expires, together with the registry's token, without a refused request", async () => {
    const { resolve, registry, asked, pass, lines } = await opened({ tellsEnd: true });
    await resolve();
    registry.clearLog();
    pass(54);
    await resolve();
    pass(2);
    await Promise.all([resolve(), resolve(), resolve()]);
    assert.equal(asked(), 2);
    assert.equal(registry.countRequests({ kind: "token" }), 1);
    assert.deepEqual(
      lines().filter((line) => line.endsWith("401")),
      [],
    );
  });

  it("with an unknown expiry is renewed once when it is refused, and the request continues", async () => {
    const { resolve, registry, asked, pass, end, lines } = await opened({ tellsEnd: false });
    await resolve();
    registry.clearLog();
    end();
    pass(61);
    assert.ok(await resolve());
    assert.equal(asked(), 2);
    assert.deepEqual(lines(), ["token 401", "token 200", "manifest 200"]);
  });

  it("is renewed before a body that would outlast it", async () => {
    const { upload, asked, pass, lines, registry } = await opened({ tellsEnd: true });
    registry.clearLog();
    await upload(Buffer.from("a layer"), () => pass(56));
    assert.equal(asked(), 2);
    assert.deepEqual(lines(), ["upload 401", "token 200", "upload 202", "token 200", "upload 201"]);
  });

  it("that is too short for an upload causes a warning with an alternative", async () => {
    const { upload, warnings } = await opened({ tellsEnd: true, minutes: 0.001 });
    await upload(new Uint8Array(1024));
    assert.deepEqual(warnings, []);
    await upload(new Uint8Array(1024 * 1024));
    assert.match(warnings[0] ?? "", /longer than the access token lives.*keyFile/);
  });
});
