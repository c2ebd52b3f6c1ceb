import type { Diagnostic } from "../../../../src/model/error.ts";
import { formatPosition } from "../../../../src/model/position.ts";
import type { Entry, SyncManifest, TagMapping } from "../../../../src/model/sync-manifest.ts";
import { assemble, type Assembled } from "../../../../src/manifest/parse/assemble.ts";
import { parseFile } from "../../../../src/manifest/parse/parse-file.ts";

export const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

/** Parses a root file without includes. */
export function parse(text: string, variables: Readonly<Record<string, string>> = {}): Assembled {
  const options = { file: "images.yaml", variables: new Map(Object.entries(variables)), isRoot: true };
  return assemble(parseFile(text, options), []);
}

/** Returns the manifest of a file without errors. */
export function parseFit(text: string, variables?: Readonly<Record<string, string>>): SyncManifest {
  const { manifest, diagnostics } = parse(text, variables);
  if (manifest === undefined) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));
  return manifest;
}

/** Returns the findings as `images.yaml:6:5 message`. */
export function findings(text: string, variables?: Readonly<Record<string, string>>): readonly string[] {
  return parse(text, variables).diagnostics.map(formatDiagnostic);
}

export function formatDiagnostic({ position, message }: Diagnostic): string {
  return `${formatPosition(position)} ${message}`;
}

/** Returns the entries parsed from `images`, each written as a flow map. */
export function entriesOf(...images: readonly string[]): readonly Entry[] {
  return parseFit(imagesFile(...images)).entries;
}

/** Returns the mappings of a list of tags. */
export function mappingsOf(tags: string): readonly TagMapping[] {
  return parseFit(tagsFile(tags)).entries.flatMap(({ tags }) => tags);
}

export function imagesFile(...images: readonly string[]): string {
  return ["version: 1", "images:", ...images.map((image) => `  - ${image}`), ""].join("\n");
}

export function tagsFile(tags: string): string {
  return imagesFile(`{ source: a/b, target: r.io/c, tags: [${tags}] }`);
}
