import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { makeFolder } from "../support/cli.ts";
import { smallImage } from "../support/images.ts";
import { findProgram, requirePrograms, runProgram } from "../support/programs.ts";
import { pipelineProblems, requireSchemas } from "../support/published-schemas.ts";
import { createScope } from "../support/scope.ts";

const { registry, onEnd } = createScope();
const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (name: string): string => readFileSync(join(root, "examples/renovate", name), "utf8");

/** The parts of Renovate's log that the test reads. */
type Dependency = {
  readonly depName: string;
  readonly currentValue: string;
  readonly replaceString: string;
  readonly updates: readonly {
    readonly newValue: string;
    readonly newDigest?: string;
    readonly pendingChecks?: boolean;
  }[];
};

/** Runs Renovate on a repository of the test, with a registry on this machine and no platform: it looks for updates and changes nothing. */
async function findUpdates(manifest: string, host: string): Promise<readonly Dependency[]> {
  const config: object = JSON.parse(read("renovate.json"));
  const folder = await makeFolder({
    "images.yaml": manifest,
    "renovate.json": JSON.stringify(config),
  });
  onEnd(folder.remove);
  const node = join(root, "node_modules/.bin/node");
  const script = findProgram("renovate") ?? "";
  const args = [
    script,
    "--platform=local",
    "--dry-run=lookup",
    "--onboarding=false",
    "--enabled-managers=custom.regex",
  ];
  const { code, stdout, stderr } = await runProgram(node, args, {
    cwd: folder.path,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: folder.path,
      TMPDIR: folder.path,
      LOG_LEVEL: "debug",
      LOG_FORMAT: "json",
      RENOVATE_HOST_RULES: JSON.stringify([{ matchHost: host, insecureRegistry: true }]),
    },
  });
  const text = Buffer.from(stdout).toString();
  assert.equal(code, 0, text.slice(-2000) + stderr);
  const lines = text.split("\n").filter((line) => line.startsWith("{"));
  const found = lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === "packageFiles with updates");
  assert.ok(found, text.slice(-2000));
  return found.config.regex[0].deps;
}

describe("the configuration for Renovate", () => {
  it("matches Renovate's schema, which rejects a wrong value", (t) => {
    if (!requireSchemas(t, "pipelines")) return;
    assert.deepEqual(pipelineProblems("renovate", JSON.parse(read("renovate.json"))), []);
    const broken = read("renovate.json").replace('"recursive"', '"recursively"');
    assert.notDeepEqual(pipelineProblems("renovate", JSON.parse(broken)), []);
  });

  it("lets Renovate find new versions of named tags, and of nothing else", async (t) => {
    if (!requirePrograms(t, "renovate")) return;
    const source = await registry();
    for (const [at, tag] of ["1.27.2", "1.27.3", "1.29.0-rc1"].entries())
      source.putImage("library/nginx", tag, smallImage(at));
    for (const [at, tag] of ["v3.6.0", "v3.7.3"].entries())
      source.putImage("prometheus/prometheus", tag, smallImage(5 + at));
    for (const tag of ["17.1", "17.2"]) source.putImage("library/postgres", tag, smallImage(9));
    const manifest = read("images.yaml").replaceAll(/docker\.io|quay\.io/g, source.host);
    const found = await findUpdates(manifest, source.host);
    assert.deepEqual(
      found.map(({ depName, currentValue, updates }) => [
        depName.replace(source.host, "HOST"),
        currentValue,
        [...new Set(updates.flatMap(({ newValue }) => (newValue === currentValue ? [] : [newValue])))],
      ]),
      [
        ["HOST/library/nginx", "1.27.2", ["1.27.3"]],
        ["HOST/library/nginx", "1.27.2", ["1.27.3"]],
        ["HOST/prometheus/prometheus", "v3.6.0", ["v3.7.3"]],
      ],
    );
    // registries report no times, which holds nothing back
    assert.ok(found.every(({ updates }) => updates.every(({ pendingChecks }) => pendingChecks !== true)));
    // a pinned tag moves together with its digest
    const [, , pinned] = found;
    assert.match(pinned?.updates.at(-1)?.newDigest ?? "", /^sha256:[a-f0-9]{64}$/);
    assert.ok(found.every(({ replaceString }) => manifest.includes(replaceString)));
  });
});
