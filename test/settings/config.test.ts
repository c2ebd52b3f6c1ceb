import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { ConfigFlags } from "../../src/settings/config-arguments.ts";
import { ConfigError } from "../../src/settings/config-problem.ts";
import { loadSettings } from "../../src/settings/config.ts";
import { type Files, folderWith } from "../cli/support/folder.ts";

const start = process.cwd();
let folder = "";

beforeEach(async () => {
  await enter({});
});
afterEach(async () => {
  process.chdir(start);
  await rm(folder, { recursive: true, force: true });
});

/** Changes to a new folder, which contains a home folder. */
async function enter(files: Files): Promise<void> {
  folder = await folderWith({ "home/x": "", ...files });
  process.chdir(folder);
}

function load(flags: ConfigFlags = {}, environment: Readonly<Record<string, string>> = {}) {
  return loadSettings({ flags, environment, cwd: process.cwd(), home: join(folder, "home") });
}

async function problemsOf(loading: Promise<unknown>) {
  const thrown: unknown = await loading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(thrown instanceof ConfigError);
  assert.equal(thrown.code, "CONFIG_INVALID");
  return thrown.problems;
}

describe("settings", () => {
  it("have defaults", async () => {
    const { settings, warnings } = await load();
    assert.deepEqual(warnings, []);
    const { concurrency, color, progress, dockerCommand, timeouts } = settings;
    assert.deepEqual([concurrency, color, progress, dockerCommand], [8, "auto", "auto", "docker"]);
    assert.deepEqual(timeouts, {
      connectMs: 10_000,
      headersMs: 60_000,
      finalPutHeadersMs: 300_000,
      bodyIdleMs: 60_000,
      answerMs: 120_000,
      itemMs: 900_000,
      drainMs: 10_000,
    });
    assert.equal(settings.origins.get("concurrency"), "default");
    assert.equal(settings.universes.get("pkg.dev"), "googleapis.com");
  });

  it("come from flags, then the environment, then the found file, then home, and record their origin", async () => {
    const concurrency = async (flags: ConfigFlags, environment: Record<string, string>) => {
      const { settings } = await load(flags, environment);
      return [settings.concurrency, settings.origins.get("concurrency")];
    };
    await rm(folder, { recursive: true });
    await enter({
      ".imgsyncrc.yaml": "color: never\nconcurrency: 3",
      "home/.config/imgsync/config.yaml": "concurrency: 4",
    });
    assert.deepEqual(await concurrency({ concurrency: "1" }, { IMGSYNC_CONCURRENCY: "2" }), [1, "--concurrency"]);
    assert.deepEqual(await concurrency({}, { IMGSYNC_CONCURRENCY: "2" }), [2, "IMGSYNC_CONCURRENCY"]);
    assert.deepEqual(await concurrency({}, { IMGSYNC_CONCURRENCY: "" }), [3, ".imgsyncrc.yaml:2:1"]);
    await rm(join(folder, ".imgsyncrc.yaml"));
    assert.deepEqual(await concurrency({}, {}), [4, "~/.config/imgsync/config.yaml:1:1"]);
  });

  it("come from the file of --config or IMGSYNC_CONFIG instead of a found one", async () => {
    await rm(folder, { recursive: true });
    await enter({
      ".imgsyncrc": "concurrency: 3\ncolor: always",
      ".config/config.js": "throw new Error('run')",
      "ci/own.yaml": "concurrency: 5\ndockerCommand: podman\nregistries: { h.test: { ca: ca.pem } }",
    });
    const { settings, warnings } = await load({ config: "ci/own.yaml" });
    assert.deepEqual([settings.concurrency, settings.color, settings.dockerCommand], [5, "auto", "podman"]);
    assert.deepEqual(warnings, []);
    const ca = settings.registries.get("h.test")?.ca;
    assert.deepEqual(ca, { path: join(folder, "ci/ca.pem"), origin: "ci/own.yaml:3:25" });
    assert.equal((await load({}, { IMGSYNC_CONFIG: "ci/own.yaml" })).settings.concurrency, 5);
    assert.match((await problemsOf(load({ config: "no.yaml" })))[0]?.message ?? "", /no such file/);
    assert.match((await problemsOf(load({ config: ".config/config.js" })))[0]?.hint ?? "", /runs no code/);
  });

  it("come from XDG_CONFIG_HOME or ~/.imgsyncrc, even if home is the current folder", async () => {
    await rm(folder, { recursive: true });
    await enter({ "xdg/imgsync/config.json": '{"concurrency": 6}', "home/.imgsyncrc": "dockerCommand: nerdctl" });
    const xdg = await load({}, { XDG_CONFIG_HOME: join(folder, "xdg") });
    assert.equal(xdg.settings.concurrency, 6);
    assert.equal((await load()).settings.dockerCommand, "nerdctl");
    process.chdir(join(folder, "home"));
    assert.equal((await load()).settings.dockerCommand, "nerdctl");
  });

  it("are merged per registry and key; allow lists are combined", async () => {
    await rm(folder, { recursive: true });
    await enter({
      "own.yaml": [
        "registries:",
        "  H.test: { plainHttp: true, trustedRealms: [Auth.test] }",
        "  index.docker.io: { uploadHosts: [up.test:8443], product: harbor, api: 'https://api.test:444' }",
        "allowFiles: [certs]",
        "allowPlainHttp: [a.test]",
      ].join("\n"),
      "home/.imgsyncrc": [
        "registries: { h.test: { plainHttp: false, insecureTls: true, allowPlainHttpCredentials: true } }",
        "allowFiles: [/etc/ssl]",
        "universes: { pkg-berlin-build0.goog: apis.goog }",
      ].join("\n"),
    });
    const { settings } = await load(
      { config: "own.yaml", allowPlainHttp: ["B.test"] },
      { IMGSYNC_ALLOW_FILES: "/one:two", IMGSYNC_HEADERS_MS: "5" },
    );
    assert.deepEqual(settings.registries.get("h.test"), {
      plainHttp: true,
      insecureTls: true,
      trustedRealms: ["auth.test"],
      uploadHosts: [],
    });
    assert.deepEqual(settings.registries.get("docker.io"), {
      product: "harbor",
      api: "https://api.test:444",
      trustedRealms: [],
      uploadHosts: ["up.test:8443"],
    });
    assert.deepEqual(settings.allowFiles, ["/one", join(folder, "two"), join(folder, "certs"), "/etc/ssl"]);
    assert.deepEqual([...settings.allowPlainHttp].sort(), ["a.test", "b.test", "h.test"]);
    assert.equal(settings.timeouts.headersMs, 5);
    assert.equal(settings.universes.get("pkg-berlin-build0.goog"), "apis.goog");
    assert.equal(settings.universes.get("s3nsregistry.fr"), "s3nsapis.fr");
    assert.equal(settings.origins.get("registries.h.test.plainHttp"), "own.yaml:2:13");
    assert.equal(settings.origins.get("registries.h.test.insecureTls"), "~/.imgsyncrc:1:43");
    assert.equal(settings.origins.get("allowPlainHttp"), "--allow-plain-http, own.yaml:5:1");
    assert.equal(settings.origins.get("timeouts.headersMs"), "IMGSYNC_HEADERS_MS");
  });

  it("follow NO_COLOR unless IMGSYNC_COLOR overrides it", async () => {
    assert.equal((await load({}, { NO_COLOR: "1" })).settings.color, "never");
    assert.equal((await load({}, { NO_COLOR: "1", IMGSYNC_COLOR: "always" })).settings.color, "always");
    assert.equal((await load({}, { NO_COLOR: "" })).settings.color, "auto");
  });

  it("report all problems at once, each with its position", async () => {
    await rm(folder, { recursive: true });
    await enter({
      ".imgsyncrc": "concurency: 3\ncolor: blue",
      "home/.imgsyncrc": "registries:\n  https://h.test: {}\n  docker.io: {}\n  index.docker.io: {}\n",
    });
    const problems = await problemsOf(load({ progress: "loud" }, { IMGSYNC_CONCURRENCY: "65" }));
    assert.deepEqual(
      problems.map(({ place }) => place),
      ["--progress", "IMGSYNC_CONCURRENCY", ".imgsyncrc:1:1", ".imgsyncrc:2:1", "~/.imgsyncrc:2:3", "~/.imgsyncrc:4:3"],
    );
    assert.equal(problems[2]?.hint, 'did you mean "concurrency"?');
    for (const text of ["0", "1.5", "-1", "many", "1e3"]) {
      assert.equal((await problemsOf(load({ concurrency: text })))[0]?.place, "--concurrency");
    }
  });

  it("warn about variables with a similar name", async () => {
    const { warnings } = await load({}, { IMGSYNC_CONCURENCY: "3", IMGSYNC_VAR_X: "y", IMGSYNC_PASSWORD_H: "hunter2" });
    assert.deepEqual(warnings, [
      { place: "IMGSYNC_CONCURENCY", message: "unknown setting", hint: 'did you mean "IMGSYNC_CONCURRENCY"?' },
    ]);
  });

  it("refuse a docker command that is a relative path or has arguments", async () => {
    for (const command of ["./docker", "bin/docker", "docker --host x", "-x", ""]) {
      const file = { "home/.imgsyncrc": JSON.stringify({ dockerCommand: command }) };
      await rm(folder, { recursive: true });
      await enter(file);
      assert.equal((await problemsOf(load())).length, 1);
    }
  });
});
