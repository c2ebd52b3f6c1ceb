import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import standaloneModule from "ajv/dist/standalone/index.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import { compile, type JSONSchema } from "json-schema-to-typescript";
import { errorsPage } from "../src/reporters/explain-error.ts";
import { outdatedMentions } from "./mentions.ts";
import { cliPage } from "./references/cli-page.ts";
import { manifestPage } from "./references/manifest-page.ts";
import { catalogEntries, schemaAddress, withId } from "./schema-addresses.ts";

/**
 * Generates src/schema/generated from schemas: types, and validators that run without ajv. Generates docs/errors.md from the error guides,
 * docs/cli.md from the commands, docs/manifest-keys.md from a schema, and the addresses of the schemas from package.json. Writes the address
 * and version of package.json wherever docs and examples name them. With --check it writes nothing, and exits with 1 if a file is not current.
 */
const ROOT = new URL("../", import.meta.url);
const SCHEMAS = new URL("schemas/", ROOT);
const GENERATED = "src/schema/generated/";
const SUFFIX = ".schema.json";

type Schema = JSONSchema & { $id?: string };
type NamedSchema = { readonly name: string; readonly text: string; readonly schema: Schema };

const wanted = await generate(await readSchemas());
const outdated = await findOutdated(wanted);
const mentions = await outdatedMentions(fileURLToPath(ROOT));
if (process.argv.includes("--check")) {
  for (const file of mentions.keys())
    process.stderr.write(`${file} names another address or version than package.json\n`);
  for (const file of outdated) process.stderr.write(`${file} is not current\n`);
  const isOutdated = outdated.length > 0 || mentions.size > 0;
  if (isOutdated) process.stderr.write("run: node scripts/generate.ts\n");
  process.exitCode = isOutdated ? 1 : 0;
} else {
  for (const [file, text] of mentions) await writeFile(new URL(file, ROOT), text);
  await write(wanted, outdated);
}

/** Returns the schemas, with the addresses that package.json gives them. */
async function readSchemas(): Promise<readonly NamedSchema[]> {
  const files = (await readdir(SCHEMAS)).filter((file) => file.endsWith(SUFFIX)).toSorted();
  const addressOf = await readAddresses();
  return Promise.all(
    files.map(async (file) => {
      const name = file.slice(0, -SUFFIX.length);
      const text = withId(await readFile(new URL(file, SCHEMAS), "utf8"), addressOf(name));
      // the schemas are our own, and ajv checks them against the meta-schema
      return { name, text, schema: JSON.parse(text) as Schema };
    }),
  );
}

async function readAddresses(): Promise<(name: string) => string> {
  const { repository } = JSON.parse(await readFile(new URL("package.json", ROOT), "utf8"));
  return (name) => schemaAddress(String(repository.url), `${name}${SUFFIX}`);
}

/** Returns all generated texts, by path from the root of the repository. */
async function generate(schemas: readonly NamedSchema[]): Promise<ReadonlyMap<string, string>> {
  const addressOf = await readAddresses();
  const ajv = createAjv(schemas);
  const files = await generatePages(schemas);
  files.set("schemas/schemastore.json", `${JSON.stringify(catalogEntries(addressOf), undefined, 2)}\n`);
  for (const { name, text, schema } of schemas) {
    files.set(`schemas/${name}${SUFFIX}`, text);
    files.set(`${GENERATED}${name}.ts`, await generateTypes(name, schema));
    files.set(`${GENERATED}${name}.validate.js`, generateValidator(ajv, name, schema));
    files.set(`${GENERATED}${name}.validate.d.ts`, generateDeclaration(name));
  }
  files.set(`${GENERATED}validators.ts`, generateTable(schemas));
  files.set(`${GENERATED}images-address.ts`, generateAddress(addressOf("images")));
  return files;
}

async function generatePages(schemas: readonly NamedSchema[]): Promise<Map<string, string>> {
  const images = schemas.find(({ name }) => name === "images");
  if (images === undefined) throw new Error("there is no schemas/images.schema.json");
  return new Map([
    ["docs/errors.md", errorsPage()],
    ["docs/cli.md", await cliPage()],
    ["docs/manifest-keys.md", manifestPage(JSON.parse(images.text))],
  ]);
}

function createAjv(schemas: readonly NamedSchema[]): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strictTypes: false,
    strictTuples: false,
    allowUnionTypes: true,
    // keeps definitions as functions; inlined, they would be repeated in every branch that refers to them
    inlineRefs: false,
    code: { source: true, esm: true, lines: true },
  });
  for (const { name, schema } of schemas) ajv.addSchema(schema, schemaKey(name, schema));
  return ajv;
}

function schemaKey(name: string, schema: Schema): string {
  if (schema.$id === undefined) throw new Error(`schemas/${name}${SUFFIX} has no $id`);
  return schema.$id;
}

async function generateTypes(name: string, schema: Schema): Promise<string> {
  const types = await compile(structuredClone(schema), name, {
    bannerComment: banner(name),
    cwd: SCHEMAS.pathname,
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    unreachableDefinitions: true,
    unknownAny: true,
    style: { printWidth: 120 },
  });
  return types
    .replaceAll(/\/\*\*\n \* This interface was referenced by .*\n \* via .*\n \*\/\n/g, "")
    .replaceAll(/ +\*\n +\* This interface was referenced by .*\n +\* via .*\n/g, "");
}

/**
 * Generates a validator for the schema and for each branch of an anyOf or oneOf. The problems of a value are those of the branch that fits
 * best. Branches are identified by their JSON text, which ajv's errors include.
 */
function generateValidator(ajv: Ajv2020, name: string, schema: Schema): string {
  const id = schemaKey(name, schema);
  const branches = [...branchPointers(schema, `${id}#`, ajv)];
  const pointers = Object.fromEntries(branches.map(({ pointer }, at) => [`branch${at}`, pointer]));
  for (const pointer of [id, ...Object.values(pointers)]) {
    if (ajv.getSchema(pointer) === undefined) throw new Error(`no schema "${pointer}"`);
  }
  const code = withoutConcat(withoutRequire(standaloneModule.default(ajv, { validate: id, ...pointers })));
  if (code.includes("require(")) throw new Error(`the validator of "${name}" still needs require`);
  const table = new Map(branches.map(({ text }, at) => [text, `  [${JSON.stringify(text)}, branch${at}],`]));
  return [
    `/* @ts-self-types="./${name}.validate.d.ts" */`,
    banner(name),
    code,
    `export const branches = new Map([\n${[...table.values()].join("\n")}\n]);\n`,
  ].join("\n");
}

function* branchPointers(
  schema: unknown,
  pointer: string,
  ajv: Ajv2020,
  seen = new Set<string>(),
): Generator<{ pointer: string; text: string }> {
  if (typeof schema !== "object" || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    const here = `${pointer}/${encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))}`;
    if ((key === "anyOf" || key === "oneOf") && Array.isArray(value)) {
      for (const [at, branch] of value.entries()) yield { pointer: `${here}/${at}`, text: JSON.stringify(branch) };
    }
    // a definition of another schema
    if (key === "$ref" && typeof value === "string" && !value.startsWith("#") && !seen.has(value)) {
      seen.add(value);
      const target = new URL(value, pointer).href;
      yield* branchPointers(ajv.getSchema(target)?.schema, target, ajv, seen);
    }
    yield* branchPointers(value, here, ajv, seen);
  }
}

/** ajv's ESM output still requires two CommonJS helpers. Every runtime has a short equivalent for each. */
function withoutRequire(code: string): string {
  const inlined = code
    .replaceAll('require("ajv/dist/runtime/ucs2length").default', "countCharacters")
    .replaceAll('require("ajv/dist/runtime/equal").default', "isDeepStrictEqual");
  const imports = inlined.includes("isDeepStrictEqual") ? 'import { isDeepStrictEqual } from "node:util";\n' : "";
  if (!inlined.includes("countCharacters")) return `${imports}${inlined}`;
  // a list of the characters of a long text would not fit into memory
  return `${imports}${inlined}
function countCharacters(text) {
let count = 0;
for (const _ of text) count += 1;
return count;
}
`;
}

/** ajv copies all errors found so far for each further part with errors, which is quadratic for files with many errors. */
function withoutConcat(code: string): string {
  const appended = code.replaceAll(
    /vErrors = vErrors === null \? (\w+)\.errors : vErrors\.concat\(\1\.errors\);/g,
    "vErrors = append(vErrors, $1.errors);",
  );
  if (appended.includes("vErrors.concat")) throw new Error("ajv writes other code than it did: see withoutConcat");
  if (!appended.includes("append(")) return appended;
  return `${appended}
function append(errors, more) {
if (errors === null) return more;
for (const error of more) errors.push(error);
return errors;
}
`;
}

function generateDeclaration(name: string): string {
  return `${banner(name)}
import type { ValidateFunction } from "ajv";

export declare const validate: ValidateFunction;
/** Validators of the branches of each anyOf and oneOf, by the JSON text of the branch. */
export declare const branches: ReadonlyMap<string, ValidateFunction>;
`;
}

function generateAddress(address: string): string {
  return `// Generated by scripts/generate.ts from package.json: change that file, not this one.

/** The address of schemas/images.schema.json, for editors. */
export const IMAGES_SCHEMA_ADDRESS =
  ${JSON.stringify(address)};
`;
}

/** Literal imports instead of computed ones, so that a bundler finds the files. */
function generateTable(schemas: readonly NamedSchema[]): string {
  const lines = schemas.map(({ name }) => `  ${JSON.stringify(name)}: () => import("./${name}.validate.js"),`);
  return `// Generated by scripts/generate.ts from schemas: one line for each.

export const validators = {
${lines.join("\n")}
} as const;
`;
}

function banner(name: string): string {
  return `// Generated by scripts/generate.ts from schemas/${name}${SUFFIX}: change that file, not this one.`;
}

/** Returns the files that are missing, outdated, or belong to no schema. */
async function findOutdated(wanted: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const present = await readdir(new URL(GENERATED, ROOT)).catch(() => []);
  const stale = present.map((file) => `${GENERATED}${file}`).filter((path) => !wanted.has(path));
  const differing = await Promise.all(
    [...wanted].map(async ([path, text]) => {
      const current = await readFile(new URL(path, ROOT), "utf8").catch(() => undefined);
      return current === text ? [] : [path];
    }),
  );
  return [...stale, ...differing.flat()];
}

async function write(wanted: ReadonlyMap<string, string>, outdated: readonly string[]): Promise<void> {
  await mkdir(new URL(GENERATED, ROOT), { recursive: true });
  for (const path of outdated) {
    const text = wanted.get(path);
    const url = new URL(path, ROOT);
    if (text === undefined) await rm(url);
    else await writeFile(url, text);
  }
}
