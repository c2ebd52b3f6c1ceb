import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { makeFolder, runCli } from "../support/cli.ts";
import { type KubernetesObject, kubernetesProblems, requireSchemas } from "../support/published-schemas.ts";
import { createScope } from "../support/scope.ts";
import { prepareMachine } from "./support/machine.ts";
import { startWatching } from "./support/watching.ts";

const scope = createScope();
const folder = fileURLToPath(new URL("../../examples/kubernetes", import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

type Container = {
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly [probe: `${string}Probe`]: { readonly httpGet: { readonly path: string } } | undefined;
};

type PodSpec = {
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string }[];
};

// the test reads its own examples; what is not there fails below
const read = (name: string) => {
  const objects = parseAllDocuments(readFileSync(join(folder, name), "utf8")).map(
    (document) => document.toJS() as KubernetesObject,
  );
  const [, config, workload] = objects as unknown as [
    KubernetesObject,
    { readonly data: Readonly<Record<string, string>> },
    {
      readonly spec: { readonly template?: Pod; readonly jobTemplate?: { readonly spec: { readonly template: Pod } } };
    },
  ];
  const pod = (workload.spec.template ?? workload.spec.jobTemplate?.spec.template)?.spec as PodSpec;
  const [imgsync = {}] = [...(pod.initContainers ?? []), ...pod.containers];
  const words = [...(imgsync.command ?? []).slice(1), ...(imgsync.args ?? [])];
  return { objects, config, pod, imgsync, words };
};

type Pod = { readonly spec: PodSpec };

for (const name of files) {
  describe(`the example ${name} for Kubernetes`, () => {
    const { objects, config, pod, words } = read(name);

    it("is what Kubernetes wants, key by key", (t) => {
      if (!requireSchemas(t, "kubernetes")) return;
      for (const object of objects) assert.deepEqual(kubernetesProblems(object), [], object.kind);
    });

    it("would be refused with a key that Kubernetes does not know, at any depth, and with a wrong value", (t) => {
      if (!requireSchemas(t, "kubernetes")) return;
      const text = JSON.stringify(objects.at(-1));
      for (const [right, wrong] of [
        ['"mountPath"', '"mountpath"'],
        ['"automountServiceAccountToken":false', '"automountServiceAccountToken":"no"'],
        ['"seccompProfile":{', '"seccompProfile":{"kind":"x",'],
      ] as const) {
        assert.ok(text.includes(right), right);
        assert.notDeepEqual(kubernetesProblems(JSON.parse(text.replace(right, wrong))), [], wrong);
      }
    });

    it("has a manifest that validates, and mounts only volumes that it has", async () => {
      const { path, remove } = await makeFolder(config.data);
      scope.onEnd(remove);
      const result = await runCli(["validate"], { cwd: path });
      assert.equal(result.code, 0, result.stderr);
      const names = new Set(pod.volumes.map((volume) => volume.name));
      for (const { volumeMounts = [] } of [...pod.containers, ...(pod.initContainers ?? [])])
        for (const mount of volumeMounts) assert.ok(names.has(mount.name), mount.name);
    });

    it("gives its containers no rights, and a file system that cannot be written", () => {
      assert.deepEqual(pod.securityContext["seccompProfile"], { type: "RuntimeDefault" });
      for (const { securityContext = {} } of [...pod.containers, ...(pod.initContainers ?? [])]) {
        const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities, runAsUser } = securityContext;
        assert.deepEqual(
          { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities },
          { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
        );
        const isRoot = runAsUser === 0 || (runAsUser === undefined && pod.securityContext["runAsNonRoot"] !== true);
        // containerd's socket belongs to root
        assert.equal(isRoot, words[0] === "pull" && runAsUser === 0);
      }
    });
  });
}

describe("what the examples for Kubernetes run", () => {
  it("pulls with the socket that it mounts", async () => {
    const { config, imgsync, words } = read("pre-pull.yaml");
    assert.ok(words.includes(`unix://${imgsync.volumeMounts?.[1]?.mountPath}`));
    const { path, remove } = await makeFolder(config.data);
    scope.onEnd(remove);
    const here = words.map((word) => (word.startsWith("/config/") ? word.replace("/config", path) : word));
    // no crictl on this PATH: what is wrong must be that, and not the command line
    const result = await runCli(here, { cwd: path, environment: { PATH: "/nonexistent" } });
    assert.match(result.stderr, /crictl is not installed/);
  });

  it("applies the mounted manifest once, with the mounted credentials", async () => {
    const { words } = read("cron.yaml");
    const machine = await prepareMachine(scope, { config: "/config", credentials: "/credentials" });
    const environment = { DOCKER_CONFIG: machine.place("/credentials") };
    const { code, stdout, stderr } = await runCli(machine.words(words), { cwd: machine.cwd, environment });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /1 applied/);
    assert.ok(machine.target.store.tags("copy").has("v1"));
  });

  it("watches the mounted manifest, answers its probes, and ends within the time that it is given", async () => {
    const { pod, imgsync, words } = read("watch.yaml");
    const machine = await prepareMachine(scope, { config: "/config", credentials: "/credentials" });
    const environment = { DOCKER_CONFIG: machine.place("/credentials") };
    const watching = await startWatching(scope, machine.words(words), { cwd: machine.cwd, environment });
    assert.match(await watching.firstRun(), /1 applied/);
    for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"] as const) {
      const path = imgsync[probe]?.httpGet.path ?? "";
      assert.equal((await fetch(new URL(path, watching.url))).status, 200, probe);
    }
    assert.equal(await watching.terminate(), 0);
    // 20 s for what is under way, and some to cut off the rest
    assert.ok((pod.terminationGracePeriodSeconds ?? 0) >= 30);
  });
});
