import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Bundle, bundleProgram } from "./bundle.ts";
import { packageChart } from "./chart.ts";
import { archive, archiveName, commonEntries } from "./executables/archive.ts";
import { buildExecutable, type Executable } from "./executables/build.ts";
import type { Platform } from "./executables/node-binary.ts";
import { nodeComponents } from "./executables/node-components.ts";
import { writeImage } from "./image.ts";
import { writeNpmPackage } from "./npm-package.ts";
import type { Release } from "./release.ts";
import { billOfMaterials } from "./sbom.ts";

export type Part = "npm" | "executables" | "image" | "chart";

/** What the parts of one run share, made once and only if a part needs it. */
type Workshop = {
  readonly release: Release;
  readonly folder: string;
  readonly platforms: readonly Platform[];
  readonly bundle: () => Promise<Bundle>;
  readonly executable: (platform: Platform) => Promise<Executable>;
};

/** Each writes its files into the folder of the release. */
export const PARTS: Readonly<Record<Part, (workshop: Workshop) => Promise<void>>> = {
  npm: async ({ release, folder, bundle }) => {
    await writeNpmPackage(release, folder);
    const { packages } = await bundle();
    await writeFile(join(folder, bomName(release, "npm")), await billOfMaterials(release, packages));
  },
  executables: async ({ release, folder, platforms, bundle, executable }) => {
    const program = await bundle();
    const common = await commonEntries(release, program);
    for (const platform of platforms) {
      const bytes = await archive(release, await executable(platform), common);
      await writeFile(join(folder, `${archiveName(release, platform)}.tar.gz`), bytes);
    }
    const bom = await billOfMaterials(release, program.packages, await nodeComponents());
    await writeFile(join(folder, bomName(release, "executables")), bom);
  },
  image: async ({ release, folder, platforms, bundle, executable }) => {
    const program = await bundle();
    const options = { folder: join(folder, "image"), platforms, bundle: program, executable };
    const libraries = await writeImage(release, options);
    const bom = await billOfMaterials(release, program.packages, [...(await nodeComponents()), ...libraries]);
    await writeFile(join(folder, bomName(release, "image")), bom);
  },
  chart: async ({ release, folder }) => {
    // npm's tarball has the name that helm would choose
    await writeFile(join(folder, `${release.name}-chart-${release.version}.tgz`), await packageChart(release));
  },
};

export async function writeParts(
  release: Release,
  { parts, ...rest }: Pick<Workshop, "folder" | "platforms"> & { readonly parts: readonly Part[] },
): Promise<void> {
  const bundle = once(() => bundleProgram(release.root));
  const made = new Map<Platform, Promise<Executable>>();
  const executable = (platform: Platform): Promise<Executable> => {
    const known = made.get(platform) ?? bundle().then(({ code }) => buildExecutable(platform, code));
    made.set(platform, known);
    return known;
  };
  for (const part of parts) await PARTS[part]({ release, ...rest, bundle, executable });
}

function bomName({ name, version }: Release, part: Part): string {
  return `${name}-${version}-${part}.cdx.json`;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
