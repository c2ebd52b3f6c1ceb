import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { PRODUCT_APIS } from "../../src/products/api/table.ts";
import {
  createCommandFor,
  declarableProducts,
  dockerConfigKey,
  googleDomainOf,
  listsDigests,
  productOf,
  PRODUCTS,
  pullQuotaOf,
  whoSaysImmutable,
} from "../../src/products/table.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Hosts and names that are not in the table, but name a product in code as well. */
const FURTHER_NAMES = [
  "JFrog",
  "Artifactory",
  "GHCR",
  "ghcr.io",
  "gcr.io",
  "pkg.dev",
  "docker.io",
  "azurecr.io",
  "quay.io",
];
const NAME = new RegExp(
  [...PRODUCTS.map(({ title }) => title), ...FURTHER_NAMES]
    .map((name) => `\\b${name.replaceAll(".", "\\.")}\\b`)
    .join("|"),
);

/** Files and folders of src/ that may name a product, each with the reason. */
const EXEMPT: readonly (readonly [path: string, reason: string])[] = [
  ["products/", "what this is about"],
  ["schema/generated/", "made from the schemas, whose `product` is compared with the table below"],
  ["model/reference.ts", "the grammar of references has a default host, with other names that fold into it"],
  ["reporters/error-guides/", "the pages that explain errors, with what users see at well-known registries"],
  ["app/initial-manifest.ts", "an example for users to edit"],
  ["cli/commands/auth.ts", "examples in a help text"],
  ["cli/commands/doctor.ts", "examples in a help text"],
  ["cli/commands/explain.ts", "examples in a help text"],
  ["cli/commands/lock.ts", "examples in a help text and a hint"],
  ["app/lock.ts", "an example in a hint"],
  ["selectors/glob.ts", "an example in a hint"],
  ["settings/config-layer.ts", "an example in a hint"],
  ["cli/input/shard.ts", "GitLab as a CI system, which numbers its parallel jobs"],
  ["cli/terminal/annotate.ts", "GitLab as a CI system, whose report format it writes"],
  ["cli/terminal/context.ts", "GitLab as a CI system, whose logs obey commands"],
  ["reporters/annotations.ts", "GitLab as a CI system, whose report format it writes"],
  ["text/sanitize.ts", "GitLab as a CI system, whose logs obey commands"],
];

describe("the table of products", () => {
  it("is the only place that names products, apart from the exemptions", async () => {
    const found = await filesThatName();
    const isExempt = (file: string): boolean => EXEMPT.some(([path]) => file.startsWith(path));
    assert.deepEqual(
      found.filter((file) => !isExempt(file)),
      [],
    );
    const unused = EXEMPT.filter(([path]) => !found.some((file) => file.startsWith(path)));
    assert.deepEqual(unused, []);
  });

  it("has the products that the schemas allow for a host", async () => {
    for (const [file, definition] of [
      ["images", "RegistrySettings"],
      ["config", "PersonalRegistry"],
    ]) {
      const schema = JSON.parse(await readFile(join(ROOT, `schemas/${file}.schema.json`), "utf8"));
      assert.deepEqual(schema.$defs[definition ?? ""].properties.product.enum, declarableProducts(), file);
    }
  });

  it("has the products with an API in the order of the APIs", () => {
    const apis = PRODUCT_APIS.map(({ facts }) => facts);
    assert.deepEqual(
      PRODUCTS.filter((product) => apis.includes(product)),
      apis,
    );
  });

  it("has unique names and titles, and one product for each host", () => {
    assert.equal(new Set(PRODUCTS.map(({ name }) => name)).size, PRODUCTS.length);
    assert.equal(new Set(PRODUCTS.map(({ title }) => title)).size, PRODUCTS.length);
    const hosts = [
      "europe-docker.pkg.dev",
      "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
      "docker.io",
      "quay.io",
      "example.azurecr.io",
      "registry.gitlab.com",
    ];
    for (const host of hosts) {
      const owners = PRODUCTS.filter(({ isHost }) => isHost?.(host, new Map([["pkg.dev", "googleapis.com"]])));
      assert.equal(owners.length, 1, host);
    }
  });

  it("answers questions about hosts, including hosts of no known product", () => {
    assert.equal(productOf("registry.example.com"), undefined);
    assert.ok(listsDigests("europe-docker.pkg.dev"));
    assert.ok(!listsDigests("quay.io"));
    assert.equal(pullQuotaOf("docker.io")?.title, "Docker Hub");
    assert.equal(pullQuotaOf("registry.example.com"), undefined);
    assert.equal(googleDomainOf("u-france-east1-docker.s3nsregistry.fr"), "s3nsapis.fr");
    assert.equal(googleDomainOf("docker.io"), undefined);
    assert.equal(dockerConfigKey("registry.example.com"), "registry.example.com");
    assert.equal(createCommandFor({ host: "registry.example.com", path: "a" }), undefined);
  });

  it("attributes a refusal to the first product whose message it matches", () => {
    const said = (message: string): string | undefined => whoSaysImmutable({ code: "DENIED", message });
    assert.equal(said("the repository has enabled tag immutability"), "Artifact Registry");
    assert.equal(said("'app:v1' configured as immutable."), "Harbor");
    assert.equal(said("already exists and cannot be overwritten"), "Alibaba Container Registry");
    assert.equal(said("requested access to the resource is denied"), undefined);
  });
});

async function filesThatName(): Promise<readonly string[]> {
  const source = join(ROOT, "src");
  const files = (await readdir(source, { recursive: true })).filter((name) => /\.(?:ts|js)$/.test(name));
  const texts = await Promise.all(
    files.map(async (name) => ({ name, text: await readFile(join(source, name), "utf8") })),
  );
  return texts.flatMap(({ name, text }) => (NAME.test(text) ? [name.replaceAll("\\", "/")] : [])).toSorted();
}
