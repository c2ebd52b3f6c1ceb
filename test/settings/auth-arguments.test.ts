import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { environmentName, hostOfEnvironmentName } from "../../src/model/environment-name.ts";
import { ConfigError } from "../../src/settings/config-problem.ts";
import { loadSettings, settingsOf } from "../../src/settings/config.ts";
import { type Files, folderWith } from "../cli/support/folder.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const start = process.cwd();
const onEnd = cleanUpAfterEach();
/** The folder of the last `load`. */
let folder = "";

async function load(files: Files, auth: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) {
  const made = await folderWith({ "home/x": "", ...files });
  onEnd(() => rm(made, { recursive: true, force: true }));
  onEnd(() => process.chdir(start));
  process.chdir(made);
  folder = made;
  return loadSettings({ flags: { auth }, environment, cwd: folder, home: join(folder, "home") });
}

/** `auth` in the merged settings, with its origin. */
async function authOf(...args: Parameters<typeof load>) {
  const { settings } = await load(...args);
  return Object.fromEntries([...settings.auth].map(([key, { auth, place }]) => [key, [auth, place]]));
}

async function problemsOf(...args: Parameters<typeof load>): Promise<readonly string[]> {
  const thrown: unknown = await load(...args).catch((error: unknown) => error);
  assert.ok(thrown instanceof ConfigError);
  return thrown.problems.map(({ place, message, hint }) => `${place}: ${message}; ${hint ?? ""}`);
}

const HOME = "home/.config/imgsync/config.yaml";

describe("auth in the user's settings", () => {
  it("is merged key by key from flags, the environment, the named file and the file in the home folder", async () => {
    const file = `registries:
  Flag.test: { auth: { gcloud: true } }
  variable.test:5000: { auth: { gcloud: true } }
  home.test: { auth: { helper: own }, plainHttp: true }
  home.test/team: { auth: { anonymous: true } }
  named.test: { auth: { gcloud: true } }
`;
    const named = `registries:
  named.test: { auth: { metadata: true } }
  variable.test:5000: { auth: { gcloud: true } }
`;
    const variables = {
      IMGSYNC_AUTH_FLAG_TEST: "gcloud",
      IMGSYNC_AUTH_VARIABLE_TEST___5000: " metadata\n",
      IMGSYNC_CONFIG: "named.yaml",
    };
    const files = { [HOME]: file, "named.yaml": named };
    assert.deepEqual(await authOf(files, ["flag.test=applicationDefault"], variables), {
      "flag.test": [{ kind: "application-default" }, "--auth"],
      "variable.test:5000": [{ kind: "metadata" }, "IMGSYNC_AUTH_VARIABLE_TEST___5000"],
      "named.test": [{ kind: "metadata" }, "named.yaml:2:17"],
      "home.test": [{ kind: "helper", name: "own" }, "~/.config/imgsync/config.yaml:4:16"],
      "home.test/team": [{ kind: "anonymous" }, "~/.config/imgsync/config.yaml:5:21"],
    });
  });

  it("may be an object on the command line, with paths relative to the current folder", async () => {
    const auth = await authOf({}, ["a.test/team={ keyFile: key.json, exchange: true }", 'b.test={"helper":"own"}']);
    assert.deepEqual(auth["a.test/team"], [
      { kind: "key-file", exchange: true, file: { path: join(folder, "key.json"), origin: "--auth" } },
      "--auth",
    ]);
    assert.deepEqual(auth["b.test"], [{ kind: "helper", name: "own" }, "--auth"]);
  });

  it("is not set by an empty variable", async () => {
    const file = "registries: { a.test: { auth: { gcloud: true } } }";
    const auth = await authOf({ [HOME]: file }, [], { IMGSYNC_AUTH_A_TEST: " \n" });
    assert.deepEqual(auth["a.test"]?.[0], { kind: "gcloud" });
  });

  it("names key files relative to its own file", async () => {
    const auth = await authOf({ [HOME]: "registries: { a.test: { auth: { keyFile: keys/a.json } } }" });
    const [found] = auth["a.test"] ?? [];
    assert.ok(found !== undefined && typeof found === "object" && found.kind === "key-file");
    assert.equal(found.file.path, join(folder, "home/.config/imgsync/keys/a.json"));
  });

  it("is refused in a file found in the current folder, unless --config names it", async () => {
    const files = { "imgsync.config.yaml": "registries: { a.test: { auth: { gcloud: true } } }" };
    assert.match(
      (await problemsOf(files)).join(),
      /imgsync\.config\.yaml:1:1: "registries" is not allowed in a file found/,
    );
    const flags = { config: "imgsync.config.yaml" };
    const { settings } = await loadSettings({ flags, environment: {}, cwd: folder, home: join(folder, "home") });
    assert.deepEqual(settings.auth.get("a.test")?.auth, { kind: "gcloud" });
  });

  it("is not a host to reach if it is only for a path", async () => {
    const { settings } = await load({ [HOME]: "registries: { a.test/team: { auth: { anonymous: true } } }" });
    assert.deepEqual([...settings.registries.keys()], []);
  });

  it("is also a setting of the library", async () => {
    const { auth } = await settingsOf({ registries: { "a.test": { auth: { metadata: true } } } }, "/");
    assert.deepEqual(auth.get("a.test"), { auth: { kind: "metadata" }, place: "settings.registries.a.test.auth" });
  });

  it("reports what is wrong, where, and what may be written", async () => {
    const cases: readonly (readonly [Parameters<typeof load>, RegExp])[] = [
      [[{}, ["a.test"]], /--auth: "a\.test" is not HOST=AUTH; such as HOST=gcloud/],
      [[{}, ["a.test=gclod"]], /--auth: "gclod" is not a source of credentials; write anonymous, gcloud/],
      [[{}, ["a.test={ gclod: true }"]], /--auth: .*gclod/],
      [[{}, ["https://a.test=gcloud"]], /--auth: "https:\/\/a\.test" is not a host name/],
      [[{}, [], { IMGSYNC_AUTH_a_test: "gcloud" }], /IMGSYNC_AUTH_a_test: it does not name a host/],
      [[{}, [], { IMGSYNC_AUTH_A_TEST: "{ helper: ../x }" }], /IMGSYNC_AUTH_A_TEST: registries\.a\.test\.auth\.helper/],
      [[{ [HOME]: "registries: { a.test/x: { plainHttp: true } }" }], /"plainHttp" applies to the whole host/],
      [
        [{ [HOME]: "registries: { a.test/x: {}, A.test/x: {} }" }],
        /"A\.test\/x" and "a\.test\/x" are the same registry/,
      ],
      [[{ [HOME]: "registries: { a.test/UP: {} }" }], /config\.yaml:1:15: /],
      [
        [{ [HOME]: "registries: { a.test: { auth: { gcloud: true, helper: x } } }" }],
        /yaml:1:33: unknown key "gcloud"/,
      ],
    ];
    for (const [args, says] of cases) assert.match((await problemsOf(...args)).join("\n"), says);
  });
});

describe("the name of a variable", () => {
  it("names exactly the host that it was made of", () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,3}(?:-{1,3}[a-z0-9]{1,2}){0,2}$/);
    const port = fc.option(fc.stringMatching(/^[0-9]{1,2}$/), { nil: "" });
    const host = fc
      .tuple(fc.array(part, { minLength: 1, maxLength: 3 }), port)
      .map(([parts, port]) => parts.join(".") + (port === "" ? "" : `:${port}`));
    fc.assert(fc.property(host, (one) => assert.equal(hostOfEnvironmentName(environmentName(one)), one)));
    for (const suffix of ["", "a", "A_", "_A", "A_____B", "A.B", "A___B"]) {
      assert.equal(hostOfEnvironmentName(suffix), undefined, suffix);
    }
  });
});
