import { gzip } from "./archive/gzip.ts";
import { type Entry, tar, within } from "./archive/tar.ts";
import type { Bundle } from "./bundle.ts";
import { licenseEntries } from "./executables/archive.ts";
import type { Executable } from "./executables/build.ts";
import type { Platform } from "./executables/node-binary.ts";
import { baseEntries, HOME, USER, WORK_FOLDER } from "./image/base-layer.ts";
import { type Architecture, DEBIAN, type DebianPackage, debianPackages } from "./image/debian.ts";
import { type Layer, type PlatformImage, writeLayout } from "./image/layout.ts";
import { type Release, timestamp } from "./release.ts";
import type { Component } from "./sbom.ts";

/** The platforms of the image, by the names that Debian and images use. */
const ARCHITECTURES: Readonly<Record<Architecture, Platform>> = { amd64: "linux-x64", arm64: "linux-arm64" };

type Options = {
  readonly folder: string;
  readonly platforms: readonly Platform[];
  readonly bundle: Bundle;
  readonly executable: (platform: Platform) => Promise<Executable>;
};

/**
 * Writes the image of the executables for Linux as an OCI image layout, and returns what is in it besides the executable. It has no shell,
 * no package manager and no root user.
 */
export async function writeImage(release: Release, options: Options): Promise<readonly Component[]> {
  const licenses = await licenseEntries(release, options.bundle);
  const components: Component[] = [];
  const images: PlatformImage[] = [];
  for (const [name, platform] of Object.entries(ARCHITECTURES)) {
    if (!options.platforms.includes(platform)) continue;
    // the keys of our own table
    const packages = await debianPackages(name as Architecture);
    components.push(...packages.map(componentOf));
    const program: readonly Entry[] = [
      { path: "usr/bin/imgsync", content: (await options.executable(platform)).bytes, mode: 0o755 },
      ...within("usr/share/doc/imgsync", licenses),
    ];
    const layers = [
      await layerOf(
        await baseEntries(packages),
        `Debian ${DEBIAN}: ${packages.map((one) => one.name).join(", ")}`,
        release,
      ),
      await layerOf(program, `${release.name} ${release.version}`, release),
    ];
    images.push({ architecture: name, layers, config: configOf(release) });
  }
  const annotations = annotationsOf(release);
  await writeLayout(options.folder, images, { tag: release.version, created: timestamp(release), annotations });
  return components;
}

async function layerOf(entries: readonly Entry[], createdBy: string, { time }: Release): Promise<Layer> {
  const content = tar(entries, time);
  return { content, compressed: await gzip(content), createdBy };
}

function configOf(release: Release): object {
  return {
    User: `${USER}:${USER}`,
    Env: ["PATH=/usr/bin", `HOME=${HOME}`],
    Entrypoint: ["/usr/bin/imgsync"],
    Cmd: ["--help"],
    WorkingDir: WORK_FOLDER,
    Labels: annotationsOf(release),
  };
}

/** image-spec, annotations.md */
function annotationsOf(release: Release): Readonly<Record<string, string>> {
  const values = {
    created: timestamp(release),
    description: release.description,
    documentation: `${release.repository}/blob/v${release.version}/docs/install.md`,
    licenses: release.license,
    source: release.repository,
    title: release.name,
    version: release.version,
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`org.opencontainers.image.${name}`, value]));
}

/** github.com/package-url/purl-spec, type "deb" */
function componentOf({ name, version, architecture }: DebianPackage): Component {
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=${DEBIAN}`;
  return { "bom-ref": purl, type: "library", name, version, scope: "required", purl };
}
