import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { CHART_MODES, CHART_VALUES, chartFlags } from "../packages/support/chart-values.ts";
import { findProgram, runProgram } from "../support/programs.ts";
import type { KubernetesObject } from "./support/cluster-api.ts";
import { type ControlPlane, startControlPlane } from "./support/control-plane.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NAMESPACE = "tools";

function objectsOf(yaml: string): readonly KubernetesObject[] {
  return parseAllDocuments(yaml)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);
}

async function renderChart(mode: string): Promise<readonly KubernetesObject[]> {
  const helm = findProgram("helm");
  assert.ok(helm !== undefined, "npm run test:kubernetes builds helm");
  const flags = chartFlags([["mode", mode], ...CHART_VALUES]);
  const words = ["template", "mirror", join(ROOT, "charts", "imgsync"), "--namespace", NAMESPACE, ...flags];
  const { code, stdout, stderr } = await runProgram(helm, words, { env: { HELM_NO_PLUGINS: "1" } });
  assert.equal(code, 0, stderr);
  return objectsOf(Buffer.from(stdout).toString());
}

describe("a real API server", () => {
  let plane: ControlPlane;

  before(async () => {
    plane = await startControlPlane();
    for (const name of [NAMESPACE, "imgsync"])
      await plane.api.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  });
  after(() => plane.stop());

  const refusals = async (objects: readonly KubernetesObject[]): Promise<readonly string[]> => {
    const refused: string[] = [];
    for (const object of objects) {
      const { status, json } = await plane.api.check(object);
      const isThere = status === 409 && object.kind === "Namespace";
      if (status !== 201 && !isThere) refused.push(`${object.kind} ${object.metadata.name}: ${JSON.stringify(json)}`);
    }
    return refused;
  };

  for (const mode of CHART_MODES) {
    it(`accepts every object and field of the Helm chart in the mode ${mode}`, async () => {
      const objects = await renderChart(mode);
      assert.ok(objects.length > 1);
      assert.deepEqual(await refusals(objects), []);
    });
  }

  it("accepts every object and field of examples/kubernetes", async () => {
    const folder = join(ROOT, "examples", "kubernetes");
    const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
    assert.ok(files.length > 3);
    for (const file of files) {
      const objects = objectsOf(readFileSync(join(folder, file), "utf8"));
      assert.deepEqual(await refusals(objects), [], file);
    }
  });

  it("refuses an object with a field that does not exist, or with a wrong value", async () => {
    const [config] = await renderChart("job");
    assert.ok(config !== undefined);
    const unknown = { ...config, dataa: {} };
    const wrong = { ...config, metadata: { ...config.metadata, name: "Not A Name" } };
    const refused = await refusals([unknown, wrong]);
    assert.match(refused[0] ?? "", /unknown field/);
    assert.match(refused[1] ?? "", /RFC 1123/);
  });
});
