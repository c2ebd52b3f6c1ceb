import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { fillUpstream } from "../demo/content.ts";
import { makeFolder, runCli } from "./support/cli.ts";
import { requireForeignProgram, runProgram } from "./support/programs.ts";
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
  for (const name of [...manifests("."), ...manifests("loopback")]) {
    it(`validates: ${name}`, async () => {
      const result = await runCli(["validate", "-f", name], { cwd: examples, environment });
      assert.equal(result.code, 0, result.stderr);
    });
  }
});

describe("every example for registries on this machine", () => {
  for (const name of manifests("loopback")) {
    it(`runs, and has nothing left to do then: ${name}`, async () => {
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

describe("the example for Kubernetes nodes", () => {
  const text = readFileSync(join(examples, "kubernetes", "pre-pull.yaml"), "utf8");
  // the test reads its own example; what is not there fails below
  const [, config, daemonSet] = parseAllDocuments(text).map((document) => document.toJS()) as [
    unknown,
    { data: Record<string, string> },
    DaemonSet,
  ];
  const { initContainers, volumes } = daemonSet.spec.template.spec;

  it("has a manifest that validates, and mounts only volumes that it has", async () => {
    const folder = await makeFolder(config.data);
    onEnd(folder.remove);
    const result = await runCli(["validate"], { cwd: folder.path });
    assert.equal(result.code, 0, result.stderr);
    const names = new Set(volumes.map(({ name }) => name));
    for (const { volumeMounts } of initContainers) for (const { name } of volumeMounts) assert.ok(names.has(name));
  });

  it("calls imgsync as it can be called, with the socket that it mounts", async () => {
    const [{ command, args, volumeMounts } = { command: [], args: [], volumeMounts: [] }] = initContainers;
    const words = [...command.slice(1), ...args];
    const socket = `unix://${volumeMounts[1]?.mountPath}`;
    assert.ok(words.includes(socket), socket);
    const folder = await makeFolder(config.data);
    onEnd(folder.remove);
    const here = words.map((word) => (word.startsWith("/config/") ? word.replace("/config", folder.path) : word));
    // no crictl on this PATH: what is wrong must be that, and not the command line
    const result = await runCli(here, { cwd: folder.path, environment: { PATH: "/nonexistent" } });
    assert.match(result.stderr, /crictl is not installed/);
  });

  it("is read by kubectl, which knows every field of it", async (t) => {
    if (!requireForeignProgram(t, "kubectl")) return;
    const folder = await makeFolder({ "daemonset.json": JSON.stringify(daemonSet).replace("pause:3.10", "pause:3") });
    onEnd(folder.remove);
    const change = ["set", "image", "--local", "pause=registry.k8s.io/pause:3.10", "-o", "json", "-f"];
    const { code, stdout, stderr } = await runProgram("kubectl", [...change, join(folder.path, "daemonset.json")]);
    assert.equal(code, 0, stderr);
    // a field that it does not know is left out of what it prints
    assertHolds(JSON.parse(Buffer.from(stdout).toString("utf8")), daemonSet, "DaemonSet");
  });
});

type DaemonSet = {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly initContainers: readonly {
          readonly command: readonly string[];
          readonly args: readonly string[];
          readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
        }[];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
  };
};

function assertHolds(actual: unknown, wanted: unknown, path: string): void {
  if (typeof wanted !== "object" || wanted === null) return assert.equal(actual, wanted, path);
  assert.ok(typeof actual === "object" && actual !== null, path);
  const found = new Map(Object.entries(actual));
  for (const [key, value] of Object.entries(wanted)) assertHolds(found.get(key), value, `${path}.${key}`);
}
