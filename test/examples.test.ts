import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { fillUpstream } from "../demo/content.ts";
import { makeFolder, runCli } from "./support/cli.ts";
import { createScope } from "./support/scope.ts";

const { registry: start, onEnd } = createScope();
const root = resolve(fileURLToPath(new URL("..", import.meta.url)));
const examples = join(root, "examples");
const manifests = (folder: string): readonly string[] =>
  readdirSync(join(examples, folder))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => join(folder, name));
const environment = { IMGSYNC_VAR_TEAM: "payments" };

describe("every example", () => {
  for (const name of [...manifests("."), ...manifests("loopback"), ...manifests("compose/config")]) {
    it(`validates: ${name}`, async () => {
      const result = await runCli(["validate", "-f", name], { cwd: examples, environment });
      assert.equal(result.code, 0, result.stderr);
    });
  }
});

describe("every loopback example", () => {
  for (const name of manifests("loopback")) {
    it(`applies, and then plans no changes: ${name}`, async () => {
      const upstream = await start();
      const ours = await start();
      fillUpstream(upstream);
      const text = readFileSync(join(examples, name), "utf8")
        .replaceAll("127.0.0.1:5001", upstream.host)
        .replaceAll("127.0.0.1:5002", ours.host);
      const folder = await makeFolder({ "images.yaml": text });
      onEnd(folder.remove);
      const applied = await runCli(["apply", "--yes"], { cwd: folder.path });
      assert.equal(applied.code, 0, applied.stdout + applied.stderr);
      const planned = await runCli(["plan", "--detailed-exitcode"], { cwd: folder.path });
      assert.equal(planned.code, 0, planned.stdout);
    });
  }
});
