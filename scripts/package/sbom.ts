import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import type { Package } from "../third-party-licenses.ts";
import { type Release, timestamp } from "./release.ts";

/** The part of CycloneDX 1.5 that npm writes and that is changed here. */
type Bom = {
  readonly metadata: { readonly component: object };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
};

/** CycloneDX 1.5, "component". */
export type Component = {
  readonly "bom-ref": string;
  readonly type: "library" | "platform" | "operating-system";
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly [field: string]: unknown;
};

/**
 * Returns the software bill of materials of one package of the release (CycloneDX 1.5): what npm knows about the packages in the bundle, and
 * `others`. The lock file also has the tools that build and test imgsync, which are in no package.
 * @throws if npm does not know a package of the bundle
 */
export async function billOfMaterials(
  release: Release,
  bundled: readonly Package[],
  others: readonly Component[] = [],
): Promise<string> {
  const words = ["sbom", "--sbom-format=cyclonedx", "--package-lock-only"];
  const { stdout } = await promisify(execFile)("npm", words, { cwd: release.root, maxBuffer: 64 * 1024 * 1024 });
  // npm's own format, of which a missing part fails below
  const bom = JSON.parse(stdout) as Bom;
  const root = `${release.name}@${release.version}`;
  const inBundle = new Set(bundled.map(({ name, version }) => `${name}@${version}`));
  const known = new Map(bom.components.map((one) => [one["bom-ref"], one]));
  const components = [...inBundle].map((ref) => requiredComponent(ref, known.get(ref)));
  const dependencies = bom.dependencies
    .filter(({ ref }) => ref === root || inBundle.has(ref))
    .map(({ ref, dependsOn = [] }) => ({
      ref,
      dependsOn: [
        ...dependsOn.filter((name) => inBundle.has(name)),
        ...(ref === root ? others.map((one) => one["bom-ref"]) : []),
      ],
    }));
  const component = { ...bom.metadata.component, type: "application", name: release.name };
  const metadata = { ...bom.metadata, timestamp: timestamp(release), lifecycles: [{ phase: "build" }], component };
  const body = { metadata, components: [...components, ...others], dependencies };
  return `${JSON.stringify({ ...bom, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(body))}`, ...body }, undefined, 2)}\n`;
}

/** For npm they are development dependencies, because the package contains them. */
function requiredComponent(ref: string, component: Component | undefined): Component {
  if (component === undefined) throw new Error(`npm sbom does not list ${ref}, which is in the bundle`);
  return { ...component, scope: "required", properties: [] };
}

/** A UUID that depends only on a text, in the form of version 8 (RFC 9562). */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return parts.join("-");
}
