import assert from "node:assert/strict";
import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { ConfigError } from "../../src/settings/config-problem.ts";
import {
  allowsPlainHttpCredentials,
  type RegistrySettingsOptions,
  resolveHostSettings,
} from "../../src/settings/registry-settings.ts";
import type { PersonalRegistrySettings } from "../../src/settings/settings.ts";
import type { Position } from "../../src/model/position.ts";
import type { RegistrySettings } from "../../src/model/sync-manifest.ts";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { folderWith } from "../cli/support/folder.ts";

const position: Position = { file: "images.yaml", line: 3, column: 5 };
const file = (path: string) => ({ path, position });
const own = (settings: Partial<PersonalRegistrySettings>): PersonalRegistrySettings => ({
  trustedRealms: [],
  uploadHosts: [],
  ...settings,
});

let certificates: Certificates;
let folder = "";
before(async () => {
  certificates = await makeCertificates();
});
after(() => certificates.remove());
beforeEach(async () => {
  folder = await folderWith({
    "manifest/ca.pem": certificates.ca,
    "manifest/client.pem": certificates.client.certificate,
    "manifest/client-key.pem": certificates.client.key,
    "outside/ca.pem": certificates.ca,
    "outside/secret": "hunter2",
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Parts = {
  readonly manifest?: Readonly<Record<string, Omit<RegistrySettings, "position">>>;
  readonly registries?: Readonly<Record<string, PersonalRegistrySettings>>;
  readonly allowFiles?: readonly string[];
  readonly allowPlainHttp?: readonly string[];
  readonly untrusted?: boolean;
};

function resolve({ manifest = {}, registries = {}, allowFiles = [], allowPlainHttp = [], untrusted = false }: Parts) {
  const options: RegistrySettingsOptions = {
    manifest: new Map(Object.entries(manifest).map(([host, settings]) => [host, { position, ...settings }])),
    manifestFolder: join(folder, "manifest"),
    settings: { registries: new Map(Object.entries(registries)), allowFiles, allowPlainHttp: new Set(allowPlainHttp) },
    untrusted,
  };
  return resolveHostSettings(options);
}

async function messageOf(parts: Parts): Promise<string | undefined> {
  const { hosts, diagnostics } = await resolve(parts);
  assert.ok(hosts.every(({ ca, clientCertificate }) => ca === undefined && clientCertificate === undefined));
  assert.ok(!JSON.stringify(diagnostics).includes("hunter2"));
  return diagnostics[0]?.message;
}

describe("settings of a host", () => {
  it("are merged from images.yaml and the user's settings, and the user's settings win", async () => {
    const { hosts, diagnostics } = await resolve({
      manifest: {
        "one.test": { plainHttp: true },
        "two.test": { plainHttp: true, ca: file("no-such-file") },
      },
      registries: {
        "two.test": own({
          plainHttp: false,
          insecureTls: true,
          ca: { path: join(folder, "outside/ca.pem"), origin: "~/.imgsyncrc:1:1" },
          trustedRealms: ["auth.test"],
          uploadHosts: ["up.test"],
        }),
      },
    });
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(hosts, [
      {
        host: "one.test",
        plainHttp: true,
        allowsCredentials: false,
        insecureTls: false,
        trustedRealms: [],
        uploadHosts: [],
      },
      {
        host: "two.test",
        plainHttp: false,
        allowsCredentials: true,
        insecureTls: true,
        trustedRealms: ["auth.test"],
        uploadHosts: ["up.test"],
        ca: certificates.ca,
      },
    ]);
  });

  it("contain the files that images.yaml names in its own folder", async () => {
    const { hosts } = await resolve({
      manifest: {
        "h.test": {
          ca: file("ca.pem"),
          clientCertificate: { certificate: file("client.pem"), key: file("./client-key.pem") },
        },
      },
    });
    assert.equal(hosts[0]?.ca, certificates.ca);
    assert.equal(hosts[0]?.clientCertificate?.certificate, certificates.client.certificate);
    assert.equal(hosts[0]?.clientCertificate?.key.reveal(), certificates.client.key);
    assert.doesNotMatch(JSON.stringify(hosts), /PRIVATE KEY/);
  });

  it("contain no file outside that folder, by path or by link, unless the user allows it", async () => {
    await symlink("../outside/ca.pem", join(folder, "manifest/link.pem"));
    await symlink("../outside", join(folder, "manifest/linked"));
    const outside = [join(folder, "outside/ca.pem"), "../outside/ca.pem", "link.pem", "linked/ca.pem"];
    for (const path of outside) {
      const manifest = { "h.test": { ca: file(path) } };
      assert.equal(await messageOf({ manifest }), `"${path}" is not a file in the manifest's folder`);
      const { hosts } = await resolve({ manifest, allowFiles: [join(folder, "outside")] });
      assert.equal(hosts[0]?.ca, certificates.ca);
    }
    // a sibling folder whose name has the same prefix
    await symlink(join(folder, "outside"), join(folder, "manifest-2"));
    assert.match(
      (await messageOf({ manifest: { "h.test": { ca: file("../manifest-2/ca.pem") } } })) ?? "",
      /is not a file/,
    );
  });

  it("give the same error for a file outside, whether or not it exists", async () => {
    const words = async (path: string) =>
      (await messageOf({ manifest: { "h.test": { ca: file(path) } } }))?.replace(path, "");
    assert.equal(await words("/etc/passwd"), await words("/etc/no-such-file"));
  });

  it("refuse a file that is not PEM at its position in images.yaml, without showing its content", async () => {
    const inside = { allowFiles: [join(folder, "outside")] };
    const ca = { "h.test": { ca: file("../outside/secret") } };
    assert.match((await messageOf({ manifest: ca, ...inside })) ?? "", /contains no PEM certificate/);
    const key = { clientCertificate: { certificate: file("client.pem"), key: file("client.pem") } };
    assert.match((await messageOf({ manifest: { "h.test": key } })) ?? "", /contains no usable PEM key/);
    assert.match((await messageOf({ manifest: { "h.test": { ca: file(".") } } })) ?? "", /is not a file/);
    const { diagnostics } = await resolve({ manifest: ca, ...inside });
    assert.deepEqual(diagnostics[0]?.position, position);
  });

  it("refuse an invalid file of the user's settings at its position", async () => {
    const ca = { path: join(folder, "outside/secret"), origin: "~/.imgsyncrc:2:5" };
    await assert.rejects(resolve({ registries: { "h.test": own({ ca }) } }), (thrown) => {
      assert.ok(thrown instanceof ConfigError);
      assert.equal(thrown.problems[0]?.place, "~/.imgsyncrc:2:5");
      assert.doesNotMatch(thrown.message, /hunter2/);
      return true;
    });
  });

  it("contain no client certificate when the manifest is untrusted", async () => {
    const pair = { certificate: file("client.pem"), key: file("client-key.pem") };
    const { hosts } = await resolve({ manifest: { "h.test": { clientCertificate: pair } }, untrusted: true });
    assert.equal(hosts[0]?.clientCertificate, undefined);
  });

  it("allow credentials over plain http for localhost and for hosts that the user allows", async () => {
    const { hosts } = await resolve({
      manifest: { "h.test": { plainHttp: true }, "localhost:5000": { plainHttp: true }, "a.test": { plainHttp: true } },
      allowPlainHttp: ["a.test"],
    });
    assert.deepEqual(
      hosts.map(({ allowsCredentials }) => allowsCredentials),
      [false, true, true],
    );
    const allows = (host: string): boolean => allowsPlainHttpCredentials(host, new Set());
    for (const host of ["127.0.0.1", "127.9.9.9:80", "[::1]:5000", "localhost"]) assert.ok(allows(host), host);
    const others = ["127.0.0.1.test", "localhost.test", "128.0.0.1", "10.0.0.1", "[::2]", "999.1.1.1", "1.2.3.4.5"];
    for (const host of others) assert.ok(!allows(host), host);
  });
});
