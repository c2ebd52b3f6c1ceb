import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { prepareMachine } from "../examples/support/machine.ts";
import { startWatching } from "../examples/support/watching.ts";
import { runCli } from "../support/cli.ts";
import { findProgram, requireProgram, runProgram } from "../support/programs.ts";
import { type KubernetesObject, kubernetesProblems, requireSchemas } from "../support/published-schemas.ts";
import { createScope } from "../support/scope.ts";
import { CHART_MODES, CHART_VALUES, chartFlags } from "./support/chart-values.ts";
import { requirePackages, VERSION } from "./support/packages.ts";

const scope = createScope();
type Container = {
  readonly image: string;
  readonly args: readonly string[];
  readonly securityContext: object;
  readonly env: readonly { readonly name: string; readonly value?: string }[];
};
type Pod = {
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly [Container];
  readonly automountServiceAccountToken: boolean;
};
type Workload = KubernetesObject & {
  readonly spec: {
    readonly template?: { readonly spec: Pod };
    readonly jobTemplate?: { readonly spec: { readonly template: { readonly spec: Pod } } };
  };
};

/** Runs helm on the package of the chart. */
async function helm(packages: string, command: readonly string[], values: readonly (readonly [string, string])[]) {
  const words = [...command, join(packages, `imgsync-chart-${VERSION}.tgz`), ...chartFlags(values)];
  const { code, stdout, stderr } = await runProgram(findProgram("helm") ?? "helm", words, {
    env: { HELM_NO_PLUGINS: "1" },
  });
  return { code, output: Buffer.from(stdout).toString(), stderr };
}

async function render(packages: string, mode: string, values: readonly (readonly [string, string])[] = CHART_VALUES) {
  const { code, output, stderr } = await helm(
    packages,
    ["template", "mirror", "--namespace", "tools"],
    [["mode", mode], ...values],
  );
  assert.equal(code, 0, stderr);
  const objects = parseAllDocuments(output).map((document) => document.toJS() as Workload);
  const workload = objects.find(({ kind }) => ["Deployment", "CronJob", "Job"].includes(kind));
  const pod = workload?.spec.template?.spec ?? workload?.spec.jobTemplate?.spec.template.spec;
  assert.ok(pod !== undefined);
  return { objects, pod, kinds: objects.map(({ kind }) => kind) };
}

describe("the Helm chart", () => {
  it("passes helm lint in each mode", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined || !requireProgram(t, "helm")) return;
    for (const mode of CHART_MODES) {
      const { code, output } = await helm(packages, ["lint", "--strict"], [["mode", mode], ...CHART_VALUES]);
      assert.equal(code, 0, output);
    }
  });

  it("renders objects that match the Kubernetes schemas, with the image of its version", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined || !requireProgram(t, "helm") || !requireSchemas(t, "kubernetes")) return;
    const kinds = { watch: ["Service", "Deployment"], cron: ["CronJob"], job: ["Job"] };
    for (const mode of CHART_MODES) {
      const { objects, pod, kinds: found } = await render(packages, mode);
      assert.deepEqual(found, ["ConfigMap", ...kinds[mode]]);
      for (const object of objects) assert.deepEqual(kubernetesProblems(object), [], `${mode} ${object.kind}`);
      assert.equal(pod.containers[0].image, `ghcr.io/imgsync/imgsync:${VERSION}`);
      const broken = JSON.stringify(objects.at(-1)).replace('"mountPath"', '"mountpath"');
      assert.notDeepEqual(kubernetesProblems(JSON.parse(broken)), [], mode);
    }
    const minimal = await render(packages, "watch", [["existingConfigMap", "mine"]]);
    assert.deepEqual(minimal.kinds, ["Deployment"]);
    assert.deepEqual(kubernetesProblems(minimal.objects[0] as KubernetesObject), []);
    const digest = `sha256:${"a".repeat(64)}`;
    const pinned = await render(packages, "job", [...CHART_VALUES, ["image.digest", digest]]);
    assert.equal(pinned.pod.containers[0].image, `ghcr.io/imgsync/imgsync@${digest}`);
  });

  it("gives its pods no privileges, no token of the cluster and a read-only file system", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined || !requireProgram(t, "helm")) return;
    for (const mode of CHART_MODES) {
      const { pod } = await render(packages, mode);
      assert.equal(pod.automountServiceAccountToken, false);
      assert.equal(pod.securityContext["runAsNonRoot"], true);
      assert.deepEqual(pod.securityContext["seccompProfile"], { type: "RuntimeDefault" });
      assert.deepEqual(pod.containers[0].securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    }
  });

  it("refuses values that it does not know, and a release without a manifest", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined || !requireProgram(t, "helm")) return;
    for (const [values, problem] of [
      [[["mode", "daily"]], /mode/],
      [[["manifests", "x"]], /manifests/],
      [[["runAsUser", "root"]], /runAsUser/],
      [[], /set manifest \(the content of images\.yaml\) or existingConfigMap/],
    ] as const) {
      const { code, stderr } = await helm(packages, ["template", "mirror"], values);
      assert.notEqual(code, 0);
      assert.match(stderr, problem);
    }
  });

  it("runs commands that apply once, and that watch until they are stopped", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined || !requireProgram(t, "helm")) return;
    for (const mode of CHART_MODES) {
      const { pod } = await render(packages, mode);
      const [{ args, env }] = pod.containers;
      assert.ok(env.some(({ name, value }) => name === "DOCKER_CONFIG" && value === "/credentials"));
      const machine = await prepareMachine(scope, { config: "/config", credentials: "/credentials" });
      const words = machine.words(args.map((word) => word.replace("$(POD_IP)", "10.0.0.1")));
      const options = { cwd: machine.cwd, environment: { DOCKER_CONFIG: machine.place("/credentials") } };
      if (mode === "watch") {
        const watching = await startWatching(scope, words, options);
        assert.match(await watching.firstRun(), /1 applied/);
        assert.equal((await fetch(new URL("/readyz", watching.url))).status, 200);
        assert.equal(await watching.terminate(), 0);
      } else {
        const { code, stderr } = await runCli(words, options);
        assert.equal(code, 0, stderr);
      }
      assert.ok(machine.target.store.tags("copy").has("v1"), mode);
    }
  });
});
