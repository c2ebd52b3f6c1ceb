import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { makeFolder, runCli } from "../support/cli.ts";
import { startContainerd } from "../support/containerd.ts";
import { image } from "../support/images.ts";
import { randomLayer } from "../support/layers.ts";
import { requirePrograms, requireRoot } from "../support/programs.ts";
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
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly resources?: { readonly requests?: object; readonly limits?: object };
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly [probe: `${string}Probe`]: { readonly httpGet: { readonly path: string } } | undefined;
};

type PodSpec = {
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string; readonly secret?: { readonly items: unknown } }[];
};

// not validated: a part that is missing in an example fails the tests below
const read = (name: string) => {
  const objects = parseAllDocuments(readFileSync(join(folder, name), "utf8")).map(
    (document) => document.toJS() as KubernetesObject,
  );
  const config = objects.find(({ kind }) => kind === "ConfigMap") as unknown as Config;
  const workload = objects.at(-1) as unknown as Workload;
  const pod = (workload.spec.template ?? workload.spec.jobTemplate?.spec.template)?.spec as PodSpec;
  const [imgsync = {}] = [...(pod.initContainers ?? []), ...pod.containers];
  const words = [...(imgsync.command ?? []).slice(1), ...(imgsync.args ?? [])];
  return { objects, config, pod, imgsync, words };
};

type Pod = { readonly spec: PodSpec };
type Config = { readonly data: Readonly<Record<string, string>> };
type Workload = {
  readonly spec: { readonly template?: Pod; readonly jobTemplate?: { readonly spec: { readonly template: Pod } } };
};

for (const name of files) {
  describe(`the Kubernetes example ${name}`, () => {
    const { objects, config, pod, imgsync, words } = read(name);

    it("matches the Kubernetes schemas", (t) => {
      if (!requireSchemas(t, "kubernetes")) return;
      for (const object of objects) assert.deepEqual(kubernetesProblems(object), [], object.kind);
    });

    it("is rejected by the schemas with an unknown key at any depth or a wrong value", (t) => {
      if (!requireSchemas(t, "kubernetes")) return;
      const text = JSON.stringify(objects.at(-1));
      for (const [right, wrong] of [
        ['"mountPath"', '"mountpath"'],
        ['"automountServiceAccountToken":', '"automountServiceAccountToken":1,"x":'],
        ['"seccompProfile":{', '"seccompProfile":{"kind":"x",'],
      ] as const) {
        assert.ok(text.includes(right), right);
        assert.notDeepEqual(kubernetesProblems(JSON.parse(text.replace(right, wrong))), [], wrong);
      }
    });

    it("has a valid manifest, and mounts only volumes that it defines", async () => {
      const { path, remove } = await makeFolder(config.data);
      scope.onEnd(remove);
      const result = await runCli(["validate"], { cwd: path });
      assert.equal(result.code, 0, result.stderr);
      const names = new Set(pod.volumes.map((volume) => volume.name));
      for (const { volumeMounts = [] } of [...pod.containers, ...(pod.initContainers ?? [])])
        for (const mount of volumeMounts) assert.ok(names.has(mount.name), mount.name);
    });

    it("takes passwords from a mounted file, not from the environment, and sets resource requests and limits", () => {
      assert.deepEqual(imgsync.env, [{ name: "DOCKER_CONFIG", value: "/credentials" }]);
      const mount = imgsync.volumeMounts?.find(({ mountPath }) => mountPath === "/credentials");
      const volume = pod.volumes.find((each) => each.name === mount?.name);
      assert.deepEqual(volume?.secret?.items, [{ key: ".dockerconfigjson", path: "config.json" }]);
      for (const { resources } of [...pod.containers, ...(pod.initContainers ?? [])])
        assert.deepEqual(
          [Object.keys(resources?.requests ?? {}), Object.keys(resources?.limits ?? {})],
          [["cpu", "memory"], ["memory"]],
        );
    });

    it("mounts the service account only for a Lease", () => {
      assert.equal(pod.automountServiceAccountToken, words.includes("--lease"));
      assert.equal(
        objects.some(({ kind }) => kind === "Role"),
        words.includes("--lease"),
      );
    });

    it("gives its containers no privileges and a read-only root file system", () => {
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

describe("the command of a Kubernetes example", () => {
  it("pulls with the mounted socket and credentials", async (t) => {
    if (!requirePrograms(t, "containerd", "crictl") || !requireRoot(t)) return;
    const { imgsync, words } = read("pre-pull.yaml");
    const machine = await prepareMachine(scope, { config: "/config", credentials: "/credentials" });
    machine.target.putImage("copy", "v1", image({ layers: [randomLayer({ size: 1000, seed: 1 })] }));
    const node = await startContainerd();
    scope.onEnd(node.stop);
    await node.allowPlainHttp(machine.target.host);
    const socket = `unix://${imgsync.volumeMounts?.find(({ name }) => name === "containerd")?.mountPath}`;
    assert.ok(words.includes(socket));
    const here = machine.words(words).map((word) => (word === socket ? node.endpoint : word));
    const environment = {
      DOCKER_CONFIG: machine.place("/credentials"),
      PATH: `${node.crictlFolder}:${process.env["PATH"] ?? ""}`,
    };
    const { code, stdout, stderr } = await runCli(here, { cwd: machine.cwd, environment });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^pull: 1 pulled, with crictl/);
    assert.ok((await node.names()).includes(`${machine.target.host}/copy:v1`));
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

  it("applies each shard of a plan in a registry by the index of its pod, and reports there", async () => {
    const { words } = read("shards.yaml");
    const machine = await prepareMachine(scope, { config: "/config", credentials: "/credentials" });
    const environment = { DOCKER_CONFIG: machine.place("/credentials") };
    const place = `oci://${machine.target.host}/imgsync/plans:42`;
    const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      runCli(machine.words(args), { cwd: machine.cwd, environment: { ...environment, ...more } });
    const manifest = ["--file", "/config/images.yaml"];
    const planned = await run(["plan", "--shards", "64", "--out", place, ...manifest]);
    assert.equal(planned.code, 0, planned.stderr);
    const here = words.map((word) => (word.startsWith("oci://") ? place : word));
    const [first, last] = await Promise.all(["0", "63"].map((index) => run(here, { JOB_COMPLETION_INDEX: index })));
    assert.equal(first?.code, 0, first?.stderr);
    assert.equal(last?.code, 0, last?.stderr);
    assert.match(first?.stderr ?? "", /applying shard 1\/64/);
    assert.match(last?.stderr ?? "", /applying shard 64\/64/);
    assert.ok(machine.target.store.tags("copy").has("v1"));
    const merged = await run(["report", "merge", place, ...manifest]);
    assert.equal(merged.code, 1);
    assert.match(merged.stdout, /^2 of 64 shards reported$/m);
  });

  it("runs as many shards as the Job has indexes", () => {
    const { objects } = read("shards.yaml");
    const { spec } = objects.at(-1) as unknown as { spec: { completions: number; parallelism: number } };
    const text = readFileSync(join(folder, "shards.yaml"), "utf8");
    assert.match(text, new RegExp(`imgsync plan --shards ${spec.completions} `));
    assert.match(text, new RegExp(`--parallel=${spec.parallelism} `));
  });

  it("watches the mounted manifest, answers its probes, and has enough time to stop", async () => {
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
    // 20 s for running work, and some more to cut off the rest
    assert.ok((pod.terminationGracePeriodSeconds ?? 0) >= 30);
  });
});
