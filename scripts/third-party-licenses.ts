import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A package whose code is in the bundle. */
export type Package = {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly texts: readonly string[];
};

const APACHE = "Apache-2.0";
const LICENSE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

/**
 * Returns the packages that these modules come from, sorted.
 * @throws if a package has no licence text
 */
export async function bundledPackages(modules: readonly string[]): Promise<readonly Package[]> {
  const folders = [...new Set(modules.flatMap((path) => packageFolder(path) ?? []))];
  const packages = await Promise.all(folders.map(readPackage));
  const unique = new Map(packages.map((one) => [nameOf(one), one]));
  return [...unique.values()].toSorted((one, other) => compare(nameOf(one), nameOf(other)));
}

/** Returns the licence texts of packages, which their licences require for redistribution. */
export function thirdPartyLicenses(packages: readonly Package[]): string {
  const apache = packages.find(({ license, texts }) => license === APACHE && texts.length > 0);
  return [INTRODUCTION, ...packages.map((one) => render(one, apache))].join("\n");
}

const INTRODUCTION = `The files in this folder contain code of the following packages, under their own licences.
`;

function render(one: Package, apache: Package | undefined): string {
  const heading = `${"=".repeat(80)}\n${nameOf(one)} (${one.license})\n${"=".repeat(80)}\n`;
  if (one.texts.length > 0) return [heading, ...one.texts].join("\n");
  if (apache === undefined) throw new Error(`no package has the text of ${APACHE}`);
  return `${heading}\nThe Apache License, Version 2.0: its text is that of ${nameOf(apache)}.\n`;
}

/** Returns the folder of the package: the path up to the package below its last node_modules. Undefined for our own sources. */
function packageFolder(path: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

async function readPackage(folder: string): Promise<Package> {
  const { name, version, license }: Readonly<Record<string, unknown>> = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  );
  const files = await readdir(folder);
  const own = files.filter((file) => LICENSE_FILE.test(file)).toSorted();
  const read = await Promise.all(own.map((file) => readFile(join(folder, file), "utf8")));
  const readme = files.find((file) => /^readme\.md$/i.test(file));
  const inReadme =
    own.length > 0 || readme === undefined ? "" : licensePart(await readFile(join(folder, readme), "utf8"));
  const texts = [...read, inReadme].filter((text) => text !== "").map((text) => `${text.trim()}\n`);
  // the texts of MIT and BSD include the copyright holders; the text of Apache-2.0 is always the same
  if (texts.length === 0 && license !== APACHE)
    throw new Error(`${String(name)} has no licence text, so it cannot be bundled`);
  return { name: String(name), version: String(version), license: String(license), texts };
}

/** Returns the text under the heading "License", if it is a full licence text. */
function licensePart(readme: string): string {
  const part = /^(?:#+ *licen[cs]e *|licen[cs]e *\n-+)$([\s\S]*)/im.exec(readme)?.[1] ?? "";
  return /copyright/i.test(part) && /warranty/i.test(part) ? part : "";
}

function nameOf({ name, version }: Package): string {
  return `${name} ${version}`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : 1;
}
